/** Taking records out and bringing them back, through the windows a person uses. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openHubProcess } from './fixtures/hub.ts'
import { expect, test } from './fixtures/test.ts'
import { sitAt } from './pages/desk.ts'

interface Home {
  readonly path: string
  readonly env: Record<string, string>
  readonly saved: string
}

/** A home of its own, so that what is saved goes nowhere else. */
async function makeHome(): Promise<Home> {
  const path = await mkdtemp(join(tmpdir(), 'farfield-home-'))
  const saved = join(path, 'Saved')
  await mkdir(join(path, '.config'))
  await mkdir(saved)
  await writeFile(join(path, '.config', 'user-dirs.dirs'), 'XDG_DOWNLOAD_DIR="$HOME/Saved"\n')
  return { path, env: { HOME: path, TMPDIR: path }, saved }
}

test('a filtered list goes out as CSV and comes back in as the same records', async ({ laptop }, info) => {
  const { path: home, env, saved } = await makeHome()
  const { page } = await laptop('Field laptop', { env })
  const desk = sitAt(page)
  await desk.begin('Field laptop')
  await desk.closeRecord()
  const path = info.outputPath('sites.csv')
  await writeFile(path, 'Site,Inspector,Notes\n"=1+1, north",Åse Müller,"two\nlines"\nnorth weir,,\nOld mill,Ada,\n')
  // With the record that was begun there are four.
  const imported = await desk.importCsv(path)
  await imported.getByRole('button', { name: 'Show records' }).click()
  await expect(desk.rows).toHaveCount(4)
  await desk.filter.fill('north')
  await expect(desk.rows).toHaveCount(2)
  await desk.more('Export as CSV')
  const strip = desk.sidebar.getByRole('region', { name: 'Export' })
  await expect(strip).toContainText('Exported to Inspection.csv')
  await expect(strip).toContainText(saved)
  await expect(strip.getByRole('button', { name: 'Show in folder' })).toBeVisible()
  const text = await readFile(join(saved, 'Inspection.csv'), 'utf8')
  expect(text).toContain('"\'=1+1, north"')
  expect(text).not.toContain('Old mill')
  expect(await readdir(saved)).toEqual(['Inspection.csv'])

  await page.getByRole('button', { name: 'Clear the filter' }).click()
  await expect(desk.rows).toHaveCount(4)
  await desk.row('Old mill').getByRole('gridcell').nth(1).click()
  await page.keyboard.press('Control+a')
  await page.getByRole('toolbar', { name: '4 selected' }).getByRole('button', { name: 'Export' }).click()
  await expect(strip).toContainText('Exported to Inspection (2).csv')
  await page.getByRole('toolbar', { name: '4 selected' }).getByRole('button', { name: 'Delete' }).click()
  await expect(desk.rows).toHaveCount(0)
  const back = await desk.importCsv(join(saved, 'Inspection (2).csv'))
  await expect(back.getByRole('heading', { name: 'Imported 4 records' })).toBeVisible()
  await back.getByRole('button', { name: 'Show records' }).click()
  await expect(desk.row('=1+1, north')).toContainText('Åse Müller')
  await expect(desk.row('north weir')).toBeVisible()
  await strip.getByRole('button', { name: 'Dismiss' }).click()
  await expect(strip).toBeHidden()
  await rm(home, { recursive: true, force: true })
})

test('a workspace goes out, with its photo and history, and is the same on a fresh laptop', async ({ laptop }) => {
  const { path: home, env, saved } = await makeHome()
  const office = await laptop('Office iMac', { env })
  const desk = sitAt(office.page)
  await desk.begin('Office iMac')
  await desk.fill('Site', 'North weir')
  await desk.fill('Inspector', 'Ada Brook')
  await desk.fill('Inspector', 'Åse Müller')
  const photo = join(home, 'north weir.txt')
  await writeFile(photo, 'what the photo shows')
  const chooser = office.page.waitForEvent('filechooser')
  await desk.record.getByRole('group', { name: 'Photos' }).getByRole('button', { name: 'Add files…' }).first().click()
  await (await chooser).setFiles(photo)
  await expect(desk.row('north weir.txt')).toBeVisible()
  await desk.goTo('Settings')
  await office.page.getByRole('tab', { name: 'Export and import' }).click()
  await office.page.getByRole('button', { name: 'Export everything…' }).click()
  await expect(office.page.getByText('The file will not be encrypted.')).toBeVisible()
  expect(await readdir(saved)).toEqual([])
  await office.page.getByRole('button', { name: 'Export, not encrypted' }).click()
  const strip = desk.sidebar.getByRole('region', { name: 'Export' })
  await expect(strip).toContainText(/Exported to Farfield [\d-]+\.tar/)
  const [name = ''] = await readdir(saved)

  const field = await laptop('Field laptop')
  const there = sitAt(field.page)
  await there.begin('Field laptop', 'Sample')
  await there.closeRecord()
  const bringIn = async (file: string) => {
    await there.goTo('Settings')
    await field.page.getByRole('tab', { name: 'Export and import' }).click()
    const chosen = field.page.waitForEvent('filechooser')
    await field.page.getByRole('button', { name: 'Choose an export…' }).click()
    await (await chosen).setFiles(file)
  }
  await bringIn(photo)
  await expect(there.said('This is not an export of a Farfield workspace. Nothing came in.')).toBeVisible()
  await bringIn(join(saved, name))
  await expect(there.said(/^\d+ new, 0 merged with what was here, 1 file\.$/)).toBeVisible()
  await bringIn(join(saved, name))
  await expect(there.said('Nothing in it was new.')).toBeVisible()
  await there.goTo('Inspection')
  await there.openRecord('North weir')
  await expect(there.field('Inspector')).toHaveValue('Åse Müller')
  await expect(there.record.getByText('north weir.txt').first()).toBeVisible()
  await expect(there.record.getByText('Not on this laptop yet')).toBeHidden()
  const history = await there.showHistory()
  await expect(history).toContainText('Ada Brook')
  await expect(history).toContainText('Office iMac')
  await rm(home, { recursive: true, force: true })
})

test('a laptop moves to another hub: everything is there, and what is on the old one stays', async ({
  laptop,
  hub: openHub,
}) => {
  const hub = await openHub()
  const other = await openHubProcess('Harbour hub')
  try {
    const { page } = await laptop('Field laptop')
    const desk = sitAt(page)
    await desk.join('Field laptop', await hub.pairingCode())
    await desk.fill('Site', 'North weir')
    await expect(desk.saved).toHaveText('Sent')
    await desk.goTo('Settings')
    await page.getByRole('tab', { name: 'Provider' }).click()
    await page.getByRole('button', { name: 'Move to another hub…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Move to another hub' })
    const code = dialog.getByRole('textbox', { name: 'Pairing code' })
    await code.fill(await hub.pairingCode().then(text => text.slice(0, -4)))
    await dialog.getByRole('button', { name: 'Move', exact: true }).click()
    await expect(dialog.getByRole('alert')).toContainText('not a whole pairing code')
    await code.fill(await other.pairingCode())
    await dialog.getByRole('button', { name: 'Move', exact: true }).click()
    await expect(dialog).toBeHidden()

    const harbour = sitAt((await laptop('Harbour laptop')).page)
    await harbour.join('Harbour laptop', await other.pairingCode(), 'Sample')
    await harbour.goTo('Inspection')
    await expect(harbour.row('North weir')).toBeVisible()
    await desk.goTo('Inspection')
    await desk.openRecord('North weir')
    await desk.fill('Inspector', 'Ada Brook')
    await expect(harbour.row('North weir')).toContainText('Ada Brook')

    const depot = sitAt((await laptop('Depot laptop')).page)
    await depot.join('Depot laptop', await hub.pairingCode(), 'Sample')
    await depot.goTo('Inspection')
    await expect(depot.row('North weir')).toBeVisible()
    await expect(depot.row('North weir')).not.toContainText('Ada Brook')
  } finally {
    await other.close()
  }
})
