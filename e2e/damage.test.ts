/** A database that cannot be read: set aside and said, never deleted, and the app starts all the same. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { open, readdir, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from './fixtures/test.ts'
import { sitAt } from './pages/desk.ts'

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Overwrites `length` bytes in the middle, as a bad sector would. */
async function damage(path: string, at: number, length: number): Promise<void> {
  const file = await open(path, 'r+')
  await file.write(Buffer.alloc(length, 0xa5), 0, length, at)
  await file.close()
}

test('a database of which nothing can be read is set aside under a name that is said, and the newest backup is offered', async ({
  laptop,
}) => {
  const field = await laptop('Field laptop')
  const desk = sitAt(field.page)
  await desk.begin('Field laptop')
  await desk.fill('Site', 'North weir')
  await desk.goTo('Settings')
  await field.page.getByRole('tab', { name: 'Storage' }).click()
  await field.page.getByRole('button', { name: 'Back up now' }).click()
  await expect(field.page.getByRole('status').filter({ hasText: /^Backed up, / })).toBeVisible()
  await field.quit()
  const folder = join(field.profile, 'workspace')
  const path = join(folder, 'workspace.db')
  const { size } = await stat(path)
  await damage(path, 4096, size - 4096)
  const before = hashOf(await readFile(path))

  await field.reopen()
  const said = field.page.getByRole('alert').filter({ hasText: 'was damaged' })
  await expect(said).toContainText(/It was set aside as “[^”]+”, nothing was deleted\. Nothing of it could be read/)
  const name = /“([^”]+)”/.exec(await said.innerText())?.[1] ?? ''
  expect(hashOf(await readFile(join(folder, name)))).toBe(before)
  await expect(field.page.getByRole('button', { name: 'Next' })).toBeVisible()
  await said.getByRole('button', { name: /^Restore the backup made/ }).click()
  const again = sitAt(field.page)
  await again.goTo('Inspection')
  await expect(again.row('North weir')).toBeVisible()
})

test('what can be read of a damaged database is rescued, and what cannot is said until it was read', async ({
  laptop,
}) => {
  const field = await laptop('Field laptop')
  const desk = sitAt(field.page)
  await desk.begin('Field laptop')
  for (const site of ['North weir', 'Old mill', 'Pier']) {
    await desk.newRecord()
    await desk.fill('Site', site)
  }
  await field.quit()
  const folder = join(field.profile, 'workspace')
  const path = join(folder, 'workspace.db')
  const page = firstPageOf(path, (await readKey(folder)) ?? '', 'workspace/history/0')
  await damage(path, (page - 1) * 4096 + 600, 100)

  await field.reopen()
  const said = field.page.getByRole('alert').filter({ hasText: 'was damaged' })
  await expect(said).toContainText('4 records were saved, none is missing. ')
  const again = sitAt(field.page)
  await again.goTo('Inspection')
  await expect(again.rows).toHaveCount(4)
  await expect(again.row('Old mill')).toBeVisible()
  await said.getByRole('button', { name: 'Understood' }).click()
  await expect(said).toBeHidden()
  await field.quit()
  await field.reopen()
  await expect(sitAt(field.page).row('Old mill')).toBeVisible()
  await expect(field.page.getByRole('alert')).toHaveCount(0)
})

test('without its key file the app says so, deletes nothing, and opens again once the key is back', async ({
  laptop,
}) => {
  const field = await laptop('Field laptop')
  const desk = sitAt(field.page)
  await desk.begin('Field laptop')
  await desk.fill('Site', 'North weir')
  await field.quit()
  const folder = join(field.profile, 'workspace')
  const before = hashOf(await readFile(join(folder, 'workspace.db')))
  const files = (await readdir(folder)).sort()
  await rename(join(folder, 'key.json'), join(field.profile, 'key.json'))

  await field.reopen()
  await expect(field.page.getByRole('alert')).toContainText('the key that opens them is missing')
  await expect(field.page.getByRole('alert')).toContainText('Nothing was changed or deleted.')
  await field.quit()
  expect(hashOf(await readFile(join(folder, 'workspace.db')))).toBe(before)

  await rename(join(field.profile, 'key.json'), join(folder, 'key.json'))
  await field.reopen()
  const again = sitAt(field.page)
  await again.goTo('Inspection')
  await expect(again.row('North weir')).toBeVisible()
  expect((await readdir(folder)).sort()).toEqual(
    expect.arrayContaining(files.filter(name => !/-(wal|shm)$/.test(name))),
  )
})

async function readKey(folder: string): Promise<string | undefined> {
  const stored = JSON.parse(await readFile(join(folder, 'key.json'), 'utf8')) as { readonly key?: string }
  return stored.key
}

/** The first page of a table, which every opening reads. */
function firstPageOf(path: string, key: string, table: string): number {
  const script = join(import.meta.dirname, 'fixtures', 'table-page.mjs')
  return Number(execFileSync(process.execPath, [script, path, key, table], { encoding: 'utf8' }))
}
