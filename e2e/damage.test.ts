/** A database that cannot be read: set aside and said, never deleted, and the app starts all the same. */
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

test('a damaged database is set aside under a name that is said, byte for byte, and Farfield starts', async ({
  laptop,
}) => {
  const field = await laptop('Field laptop')
  const desk = sitAt(field.page)
  await desk.begin('Field laptop')
  await desk.fill('Site', 'North weir')
  await field.quit()
  const folder = join(field.profile, 'workspace')
  const path = join(folder, 'workspace.db')
  const { size } = await stat(path)
  await damage(path, 4096, size - 4096)
  const before = hashOf(await readFile(path))

  await field.reopen()
  const said = sitAt(field.page).said(/was damaged\. It was set aside as “[^”]+”, nothing was deleted/)
  await expect(said).toBeAttached()
  const name = /“([^”]+)”/.exec(await said.innerText())?.[1] ?? ''
  expect(hashOf(await readFile(join(folder, name)))).toBe(before)
  const again = sitAt(field.page)
  await again.begin('Field laptop')
  await again.fill('Site', 'After the damage')
  await expect(again.row('After the damage')).toBeVisible()
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
