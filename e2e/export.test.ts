/** Taking records out and bringing them back, through the windows a person uses. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
