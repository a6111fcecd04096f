/** Every screen in light and dark without a serious finding of axe, and everything within reach of the keyboard. */
import { writeFile } from 'node:fs/promises'
import { examine } from './fixtures/examine.ts'
import { expect, test } from './fixtures/test.ts'
import { goOffline, goOnline, shareWorkspace } from './fixtures/shared-workspace.ts'
import { sitAt } from './pages/desk.ts'

// Every screen twice through axe, which takes seconds each on a busy machine.
test.describe.configure({ timeout: 240_000 })

test('first run, records, a record, its history: no serious finding in light and dark', async ({ laptop }, info) => {
  const { page } = await laptop('Field laptop')
  const desk = sitAt(page)
  const next = page.getByRole('button', { name: 'Next' })
  await expect(next).toBeVisible()
  await examine(page, 'first run, name', info)
  await page.getByRole('textbox', { name: 'Name' }).fill('Field laptop')
  await next.click()
  await examine(page, 'first run, form', info)
  await next.click()
  await page.getByRole('radio', { name: /^Share through a hub/ }).check({ force: true })
  await examine(page, 'first run, hub', info)
  await page.getByRole('radio', { name: /^On this laptop/ }).check({ force: true })
  await page.getByRole('button', { name: 'Start' }).click()
  await expect(desk.record).toBeVisible()
  await desk.fill('Site', 'North weir')
  await desk.fill('Site', 'North weir, east')
  await examine(page, 'record', info)
  await desk.showHistory()
  await examine(page, 'history', info)
  await desk.row('North weir, east').getByRole('checkbox').click()
  await examine(page, 'selection', info)
  await page.getByRole('toolbar').getByRole('button', { name: 'Delete' }).click()
  await expect(page.getByText('No inspection records yet')).toBeVisible()
  await examine(page, 'empty list with the undo bar', info)
  await page.getByRole('button', { name: 'Make samples' }).click()
  await expect(desk.rows).not.toHaveCount(0)
  await examine(page, 'grid', info)
  await desk.filter.fill('zzz')
  await expect(page.getByText('Nothing matches “zzz”')).toBeVisible()
  await examine(page, 'no match', info)
  await desk.goTo('Recently deleted')
  await expect(desk.row('North weir, east')).toBeVisible()
  await examine(page, 'recently deleted', info)
})

test('dialogs and the sync popover: no serious finding in light and dark', async ({ laptop }, info) => {
  const { page } = await laptop('Field laptop')
  const desk = sitAt(page)
  await desk.begin('Field laptop')
  await desk.closeRecord()
  await desk.openSync()
  await examine(page, 'sync popover', info)
  await page.getByRole('button', { name: 'Connect a hub' }).click()
  await page.getByRole('textbox', { name: 'Pairing code' }).fill('FARFIELD1.nonsense')
  await examine(page, 'connect', info)
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+K')
  await page.keyboard.type('in')
  await examine(page, 'palette', info)
  await page.keyboard.press('Escape')
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible()
  await examine(page, 'keys', info)
  await page.keyboard.press('Escape')
  await desk.more('Edit record type')
  await expect(page.getByRole('dialog', { name: 'Edit Inspection' })).toBeVisible()
  await examine(page, 'type editor', info)
  await page.getByRole('button', { name: 'Cancel' }).click()

  const path = info.outputPath('sites.csv')
  await writeFile(path, 'Site,Date\nNorth weir,2026-11-03\nOld mill,soon\n')
  const dialog = await desk.chooseCsv(path)
  await examine(page, 'import, mapping', info)
  await dialog.getByRole('button', { name: 'Import', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'Imported 1 record' })).toBeVisible()
  await examine(page, 'import, refused rows', info)
  await page.getByRole('button', { name: 'Show records' }).click()
})

test('settings: no serious finding in light and dark', async ({ laptop }, info) => {
  const { page } = await laptop('Field laptop')
  const desk = sitAt(page)
  await desk.begin('Field laptop')
  for (const tab of ['General', 'When to sync', 'Provider']) {
    await desk.sidebar.getByRole('button', { name: 'Settings' }).click()
    await page.getByRole('tab', { name: tab }).click()
    await expect(page.getByRole('heading', { name: tab, level: 2 })).toBeVisible()
    await examine(page, `settings, ${tab}`, info)
  }
  await page.getByRole('tab', { name: 'Storage' }).click()
  await page.getByRole('button', { name: 'Back up now' }).click()
  await page.getByRole('button', { name: /^Restore the backup made/ }).click()
  await expect(page.getByRole('button', { name: 'Yes, restore' })).toBeVisible()
  await examine(page, 'settings, Storage', info)
})

test('a clash in the record and in Needs you: no serious finding in light and dark', async ({ laptop, hub }, info) => {
  const { field, office } = await shareWorkspace({ laptop, hub })
  await goOffline(field, office)
  await field.desk.fill('Follow-up by', '2026-12-04')
  await office.desk.fill('Follow-up by', '2026-12-11')
  await goOnline(field, office)
  const { page } = field.laptop
  await field.desk.record.getByRole('button', { name: /^Also / }).click()
  await expect(field.desk.record.getByRole('group', { name: 'Which Follow-up by should stay?' })).toBeVisible()
  await examine(page, 'clash in the record', info)
  await field.desk.needsYou.click()
  await expect(page.getByRole('radiogroup')).toBeVisible()
  await page.keyboard.press('2')
  await examine(page, 'needs you', info)
  await field.desk.openSync()
  await examine(page, 'sync popover with a hub', info)
})

test('Tab reaches everything that can be pressed, and comes round', async ({ laptop }) => {
  const { page } = await laptop('Field laptop')
  const desk = sitAt(page)
  await desk.begin('Field laptop')
  await desk.fill('Site', 'North weir')
  await desk.closeRecord()
  const reached: string[] = []
  for (let step = 0; step < 40; step += 1) {
    await page.keyboard.press('Tab')
    const name = await page.evaluate(() => {
      const { activeElement: at } = document
      return at?.getAttribute('aria-label') ?? at?.textContent?.trim() ?? ''
    })
    if (reached.length > 5 && name === reached[0]) break
    reached.push(name)
  }
  const wanted = [
    /^Search/,
    /^All records/,
    /^Inspection/,
    /^New record type/,
    /^Recently deleted/,
    /^Sync: /,
    /^Settings/,
  ]
  for (const name of [...wanted, /^Filter/, /^New/, /^More/, /records$/]) {
    expect(
      reached.some(each => name.test(each)),
      `${name} among ${reached.join(' · ')}`,
    ).toBe(true)
  }
})

test('a record from new to deleted and back without the mouse', async ({ laptop }) => {
  const { page } = await laptop('Field laptop')
  const desk = sitAt(page)
  await desk.begin('Field laptop')
  // The cursor is in the first field of the new record.
  await page.keyboard.type('North weir')
  await page.keyboard.press('Tab')
  await page.keyboard.type('2026-11-03')
  await page.keyboard.press('Escape')
  await expect(desk.record).toBeHidden()
  await expect(desk.grid).toBeFocused()
  await expect(desk.row('North weir')).toContainText('2026-11-03')

  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await page.keyboard.type('Ada Brook')
  await page.keyboard.press('Enter')
  await expect(await desk.cell('North weir', 'Inspector')).toHaveText('Ada Brook')

  await page.keyboard.press('Delete')
  await expect(desk.row('North weir')).toHaveCount(0)
  await page.keyboard.press('Control+Z')
  await expect(desk.row('North weir')).toBeVisible()
  await page.keyboard.press('Control+.')
  await expect(page.getByRole('dialog', { name: 'Sync' })).toBeVisible()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+,')
  await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible()
  await page.keyboard.press('Control+1')
  await expect(page.getByRole('heading', { name: /^Inspection/ })).toBeVisible()
})
