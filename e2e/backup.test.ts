/** Backups as a person uses them: made, listed, put in place, gone back from; checked and compacted; all by keyboard too. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { shareWorkspace, upToDate } from './fixtures/shared-workspace.ts'
import { expect, test } from './fixtures/test.ts'
import { type Desk, sitAt } from './pages/desk.ts'

async function openStorage(page: Page): Promise<void> {
  await sitAt(page).goTo('Settings')
  await page.getByRole('tab', { name: 'Storage' }).click()
  await expect(page.getByRole('button', { name: 'Back up now' })).toBeEnabled()
}

/** The words of an earlier restore may still be on screen: only the page that begins anew speaks of this one. */
async function confirmRestore(page: Page): Promise<void> {
  const anew = page.waitForEvent('load')
  await page.getByRole('button', { name: 'Yes, restore' }).press('Enter')
  await anew
  await expect(sitAt(page).said(/^The backup made .* is in place\./)).toBeAttached()
}

async function nameIs(desk: Desk, site: string): Promise<void> {
  await desk.goTo('Inspection')
  await expect(desk.row(site)).toBeVisible()
}

test('a backup is made, restored, and gone back from; the database is checked and compacted', async ({ laptop }) => {
  const field = await laptop('Field laptop')
  const { page } = field
  const desk = sitAt(page)
  await desk.begin('Field laptop')
  await desk.fill('Site', 'North weir')
  await openStorage(page)
  await page.getByRole('button', { name: 'Back up now' }).press('Enter')
  await expect(page.getByRole('status').filter({ hasText: /^Backed up, / })).toBeVisible()
  const backups = page.getByRole('table', { name: 'Backups' }).getByRole('row')
  await expect(backups.filter({ hasText: 'By you' })).toHaveCount(1)

  await page.getByRole('button', { name: 'Check the database' }).click()
  await expect(page.getByRole('status').filter({ hasText: /^All is well: / })).toBeVisible()
  await page.getByRole('button', { name: 'Compact the database' }).click()
  await expect(page.getByRole('status').filter({ hasText: /^(Compacted: |There was nothing)/ })).toBeVisible()

  await nameIs(desk, 'North weir')
  await desk.openRecord('North weir')
  await desk.fill('Site', 'Edited since')
  await openStorage(page)
  await page.getByRole('button', { name: /^Restore the backup made/ }).press('Enter')
  await expect(page.getByText('What is here now is kept as a backup of its own')).toBeVisible()
  await confirmRestore(page)
  await nameIs(desk, 'North weir')

  await openStorage(page)
  const replaced = backups.filter({ hasText: 'Replaced by a restore' })
  await replaced.getByRole('button', { name: /^Restore the backup made/ }).click()
  await confirmRestore(page)
  await nameIs(desk, 'Edited since')

  const folder = join(field.profile, 'workspace', 'backups')
  for (const name of await readdir(folder))
    expect((await readFile(join(folder, name))).includes('weir'), name).toBe(false)
})

test('for how long earlier values are kept is chosen by keyboard, said before it is done, and remembered', async ({
  laptop,
}) => {
  const field = await laptop('Field laptop')
  const desk = sitAt(field.page)
  await desk.begin('Field laptop')
  await openStorage(field.page)
  const kept = (name: string) => field.page.getByRole('radio', { name })
  await expect(kept('For ever')).toBeChecked()
  await kept('For ever').press('ArrowDown')
  await expect(kept('5 years')).toBeChecked()
  const asked = field.page.getByRole('group', { name: 'Earlier values' }).filter({ hasText: 'Nothing was replaced' })
  await asked.getByRole('button', { name: 'Cancel' }).press('Enter')
  await expect(kept('For ever')).toBeChecked()
  await kept('1 year').press('Space')
  await asked.getByRole('button', { name: 'Yes, do so' }).press('Enter')
  await expect(desk.said('Nothing had to be removed.')).toBeVisible()
  await field.quit()
  await field.reopen()
  await openStorage(field.page)
  await expect(kept('1 year')).toBeChecked()
})

test('after a restore the laptop syncs on, and what the hub has comes back', async ({ laptop, hub }) => {
  const { field, office } = await shareWorkspace({ laptop, hub })
  const { page } = field.laptop
  await openStorage(page)
  await page.getByRole('button', { name: 'Back up now' }).click()
  await expect(page.getByRole('status').filter({ hasText: /^Backed up, / })).toBeVisible()
  await field.desk.goTo('Inspection')
  await field.desk.newRecord()
  await field.desk.fill('Site', 'Made since')
  await upToDate(field)
  await openStorage(page)
  await page.getByRole('button', { name: /^Restore the backup made/ }).click()
  await confirmRestore(page)
  await nameIs(field.desk, 'Made since')
  await office.desk.goTo('Inspection')
  await expect(office.desk.row('Made since')).toBeVisible()
  await expect(field.desk.needsYou).toBeHidden()
})

const MARKER = 'Zebrafinch-7310-in-a-copy'

/** A picture, with the marker behind its end. */
async function takePhoto(page: Page): Promise<Buffer> {
  const encoded = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(300, 200)
    const context = canvas.getContext('2d')
    if (context === null) throw new Error('no canvas')
    context.fillStyle = '#24506b'
    context.fillRect(0, 0, 300, 200)
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg' })).arrayBuffer())
    return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''))
  })
  return Buffer.concat([Buffer.from(encoded, 'base64'), Buffer.from(MARKER.repeat(1000))])
}

test('a whole copy brings back a photo that was removed and whose file is gone', async ({ laptop }) => {
  const home = await mkdtemp(join(tmpdir(), 'farfield-home-'))
  await mkdir(join(home, '.config'))
  await writeFile(join(home, '.config', 'user-dirs.dirs'), 'XDG_DOWNLOAD_DIR="$HOME/Saved"\n')
  const field = await laptop('Field laptop', { env: { HOME: home } })
  const desk = sitAt(field.page)
  await desk.begin('Field laptop')
  await desk.fill('Site', 'North weir')
  const photos = (at = desk) => at.record.getByRole('group', { name: 'Photos' })
  const face = (at = desk) => photos(at).getByRole('button', { name: 'Show weir.jpg' }).locator('img')
  const chooser = field.page.waitForEvent('filechooser')
  await photos().getByRole('button', { name: 'Add files…' }).first().click()
  await (await chooser).setFiles({ name: 'weir.jpg', mimeType: 'image/jpeg', buffer: await takePhoto(field.page) })
  await expect(face()).toBeVisible()

  await openStorage(field.page)
  await field.page.getByRole('button', { name: 'Save a whole copy…' }).press('Enter')
  const saved = field.page
    .getByRole('status')
    .filter({ hasText: /^Saved “Farfield whole copy .* with 1 photo or file\.$/ })
  await expect(saved).toBeVisible()
  const [name = ''] = await readdir(join(home, 'Saved'))
  const copy = await readFile(join(home, 'Saved', name))
  for (const text of [MARKER, 'North weir', 'weir.jpg']) expect(copy.includes(text)).toBe(false)

  await nameIs(desk, 'North weir')
  await desk.openRecord('North weir')
  await photos().getByRole('button', { name: 'Remove weir.jpg' }).click()
  await expect(photos().getByRole('listitem')).toHaveCount(0)
  await desk.fill('Site', 'Edited since')
  // The disk loses it too.
  await field.quit()
  await rm(join(field.profile, 'workspace', 'files'), { recursive: true })
  await rm(join(field.profile, 'workspace', 'thumbnails'), { recursive: true })
  await field.reopen()

  const { page } = field
  const again = sitAt(page)
  await openStorage(page)
  await page.getByRole('button', { name: 'Check the database' }).click()
  await expect(page.getByRole('list', { name: 'Files that need you' })).toContainText('weir.jpg')
  const picking = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Restore from a file…' }).click()
  await (await picking).setFiles(join(home, 'Saved', name))
  await expect(page.getByText(`Put everything back as it is in “${name}”`)).toBeVisible()
  await confirmRestore(page)
  await nameIs(again, 'North weir')
  await again.openRecord('North weir')
  await expect.poll(() => face(again).evaluate((each: HTMLImageElement) => each.naturalWidth)).toBe(300)
  await openStorage(page)
  await expect(page.getByRole('row').filter({ hasText: 'Replaced by a restore' })).toHaveCount(1)
  await rm(home, { recursive: true })
})
