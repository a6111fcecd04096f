/** CSV import through the dialog a person uses: real data, broken data, cancelling. */
import { writeFile } from 'node:fs/promises'
import { writeCities } from './fixtures/cities.ts'
import { expect, test } from './fixtures/test.ts'
import { sitAt } from './pages/desk.ts'

test('138,398 cities come in whole while other work goes on, and can be found at once', async ({ laptop }, info) => {
  test.setTimeout(240_000)
  // Without a trace: it would film every step of the progress bar.
  const { page } = await laptop('Field laptop', { trace: false })
  const desk = sitAt(page)
  await desk.begin('Field laptop')
  await desk.closeRecord()
  const path = info.outputPath('cities.csv')
  const count = await writeCities(path)
  const dialog = await desk.importCsv(path, { newType: 'City' })
  await dialog.getByRole('button', { name: 'Keep working' }).click()
  const strip = desk.sidebar.getByRole('region', { name: 'Import' })
  await expect(strip).toContainText('Importing cities.csv')
  await desk.newRecord()
  await desk.fill('Site', 'Typed meanwhile')
  await desk.closeRecord()
  await page.keyboard.press('Control+k')
  await page.keyboard.press('Escape')
  await strip.getByRole('button', { name: 'Details' }).click()
  await expect(page.getByRole('dialog').getByRole('progressbar', { name: 'Import progress' })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(strip).toContainText(`Imported ${count.toLocaleString('en')} records`, { timeout: 180_000 })
  await expect(strip).not.toContainText('refused')
  await expect(desk.row('Typed meanwhile')).toBeVisible()
  await strip.getByRole('button', { name: 'Show records' }).click()
  await expect(strip).toBeHidden()
  await expect(desk.sidebar.getByRole('button', { name: /^City/ })).toHaveText('City138,398')
  await desk.filter.fill('reykja')
  await expect(desk.row('Reykjavík')).toBeVisible()
  await page.getByRole('button', { name: 'Clear the filter' }).click()
  await page.getByRole('columnheader', { name: 'Population' }).click()
  await page.getByRole('columnheader', { name: 'Population' }).click()
  await expect(desk.rows.first()).toContainText('Shanghai')
})

test('broken rows are refused one by one with their line, column and reason; the rest comes in', async ({
  laptop,
}, info) => {
  const { page } = await laptop('Field laptop')
  const desk = sitAt(page)
  await desk.begin('Field laptop')
  const path = info.outputPath('inspections.csv')
  const lines = [
    'Site,Date,Inspector,Site',
    'North weir,2026-11-03,Ada Brook,x',
    'Old mill,the day before,Jonas Keller,x',
    'Lock 12,2026-11-04',
    'Quarry road,2026-11-05,Lea Novak,x,y,z',
    '"East" pier,2026-11-06,Mina Okafor,x',
    `Hill farm,2026-11-07,${'far too long '.repeat(800_000)},x`,
    'Harbour gate,2026-11-08,Sam Whitfield,x',
  ]
  await writeFile(path, `${lines.join('\r\n')}\r\n`)
  const chosen = await desk.chooseCsv(path)
  await expect(chosen).toContainText('Some columns share a name (Site)')
  await chosen.getByRole('button', { name: 'Import', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('heading', { name: 'Imported 2 records' })).toBeVisible()
  await expect(dialog).toContainText('5 rows refused')
  const report = dialog.getByRole('table').getByRole('row')
  await expect(report).toHaveCount(6)
  for (const [index, line] of [3, 4, 5, 6, 7].entries()) {
    await expect(
      report
        .nth(index + 1)
        .getByRole('cell')
        .first(),
    ).toHaveText(String(line))
  }
  await expect(report.nth(1)).toContainText('Date')
  await expect(report.nth(1)).toContainText('the day before')
  const reasons = [
    'This is not a date',
    'fewer cells than there are columns',
    'more cells than there are columns',
    'text right after a closing quote',
    'more than a field can hold',
  ]
  for (const [index, reason] of reasons.entries()) await expect(report.nth(index + 1)).toContainText(reason)
  await dialog.getByRole('button', { name: 'Show records' }).click()
  await expect(desk.row('North weir')).toContainText('Ada Brook')
  await expect(desk.row('Harbour gate')).toBeVisible()
  await expect(desk.sidebar.getByRole('button', { name: /^Inspection/ })).toHaveText('Inspection3')
})

for (const { name, bytes } of [
  { name: 'in Latin-1', bytes: Buffer.from('Site;Inspector\nZürich Süd;Åse Müller\n', 'latin1') },
  { name: 'in UTF-8 with a BOM', bytes: Buffer.from('\ufeffSite,Inspector\nZürich Süd,Åse Müller\n', 'utf8') },
  { name: 'in UTF-16', bytes: Buffer.from('\ufeffSite\tInspector\nZürich Süd\tÅse Müller\n', 'utf16le') },
]) {
  test(`a file ${name} is read as it was meant`, async ({ laptop }, info) => {
    const { page } = await laptop('Field laptop')
    const desk = sitAt(page)
    await desk.begin('Field laptop')
    const path = info.outputPath('sites.csv')
    await writeFile(path, bytes)
    const dialog = await desk.importCsv(path)
    await expect(dialog.getByRole('heading', { name: 'Imported 1 record' })).toBeVisible()
    await dialog.getByRole('button', { name: 'Show records' }).click()
    await expect(desk.row('Zürich Süd')).toContainText('Åse Müller')
  })
}

test('cancelling leaves nothing behind: no record, no record type, nothing after a restart', async ({
  laptop,
}, info) => {
  const field = await laptop('Field laptop')
  const desk = sitAt(field.page)
  await desk.begin('Field laptop')
  const path = info.outputPath('cities.csv')
  await writeCities(path)
  const dialog = await desk.importCsv(path, { newType: 'City' })
  await expect(dialog.getByRole('status')).toContainText(/[1-9][\d,]* imported/)
  await dialog.getByRole('button', { name: 'Cancel import' }).click()
  await expect(dialog.getByRole('heading', { name: 'Import cancelled' })).toBeVisible({ timeout: 60_000 })
  await dialog.getByRole('button', { name: 'Close' }).first().click()
  await expect(desk.sidebar.getByRole('button', { name: /^City/ })).toHaveCount(0)
  await expect(desk.sidebar.getByRole('button', { name: /^All records/ })).toHaveText('All records1')
  await expect(desk.sidebar.getByRole('button', { name: /^Recently deleted/ })).toHaveText('Recently deleted')
  await field.quit()
  await field.reopen()
  const again = sitAt(field.page)
  await expect(again.sidebar.getByRole('button', { name: /^All records/ })).toHaveText('All records1')
  await expect(again.sidebar.getByRole('button', { name: /^City/ })).toHaveCount(0)
})

test('killed in the middle of an import, the app opens with whole rows and all that was there before', async ({
  laptop,
}, info) => {
  const field = await laptop('Field laptop')
  const desk = sitAt(field.page)
  await desk.begin('Field laptop')
  await desk.fill('Site', 'North weir')
  const path = info.outputPath('cities.csv')
  await writeCities(path)
  const dialog = await desk.importCsv(path, { newType: 'City' })
  await expect(dialog.getByRole('status')).toContainText(/[1-9][\d,]* imported/)
  await field.kill()
  await field.reopen()
  const again = sitAt(field.page)
  await again.goTo('Inspection')
  await expect(again.row('North weir')).toBeVisible()
  // What was in stays; a row is whole or absent.
  await again.goTo('City')
  await expect(again.rows).not.toHaveCount(0)
  for (const column of ['Name', 'Country', 'Population']) expect(await again.column(column)).not.toContain('')
})
