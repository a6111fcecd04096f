/** A disk that is really full, in a window: it is said, nothing that was typed is lost, and with room it goes on by itself. */
import type { Laptop } from './fixtures/laptop.ts'
import { drop, takePhoto } from './fixtures/photo.ts'
import { expect, test } from './fixtures/test.ts'
import { sitAt } from './pages/desk.ts'

/** Only the app's own process sees its disk. */
const fillDisk = ({ app, profile }: Laptop) =>
  app.evaluate((_, folder) => {
    const { appendFileSync } = process.getBuiltinModule('node:fs')
    for (;;)
      try {
        appendFileSync(`${folder}/ballast`, Buffer.alloc(4096, 1))
      } catch {
        return
      }
  }, profile)

const makeRoom = ({ app, profile }: Laptop) =>
  app.evaluate((_, folder) => process.getBuiltinModule('node:fs').rmSync(`${folder}/ballast`), profile)

test('typing on a full disk is said to be unsaved, stays on the screen, and is saved once there is room', async ({
  laptop,
}) => {
  const field = await laptop('Field laptop', { disk: 96 })
  const { page } = field
  const desk = sitAt(page)
  await desk.begin('Field laptop')
  await desk.fill('Site', 'North weir')
  const photo = await takePhoto(page, 'x'.repeat(100_000))
  await fillDisk(field)
  const full = page.getByRole('alert').filter({ hasText: 'Farfield goes on by itself.' })
  let text = ''
  // What was there of the WAL takes some more.
  await expect
    .poll(async () => {
      text += 'Seal worn, two bolts loose. '.repeat(300)
      await desk.field('Notes').fill(text)
      await desk.field('Notes').blur()
      return full.isVisible()
    })
    .toBe(true)
  await expect(full).toContainText('This laptop’s disk is full.')
  await expect(desk.field('Notes')).toHaveValue(text)
  await expect(desk.saved).toHaveText('Saving…')
  await drop(desk.record.getByRole('group', { name: 'Photos' }), 'weir.jpg', 'image/jpeg', photo)
  await expect(desk.record.getByRole('listitem').filter({ hasText: 'weir.jpg' })).toContainText(
    'This laptop’s disk is full. Make room, then try again.',
  )
  await expect(desk.record.getByRole('button', { name: 'Show weir.jpg' })).toHaveCount(0)

  await makeRoom(field)
  await expect(full).toBeHidden({ timeout: 20_000 })
  await expect(desk.saved).toHaveText('Saved on this laptop')
  await drop(desk.record.getByRole('group', { name: 'Photos' }), 'weir.jpg', 'image/jpeg', photo)
  await expect(desk.record.getByRole('button', { name: 'Show weir.jpg' }).locator('img')).toBeVisible()
  // Not only on the screen.
  await page.reload()
  const again = sitAt(page)
  await again.goTo('Inspection')
  await again.openRecord('North weir')
  await expect(again.field('Notes')).toHaveValue(text)
  await again.goTo('Settings')
  await page.getByRole('tab', { name: 'Storage' }).click()
  await page.getByRole('button', { name: 'Check the database' }).click()
  await expect(page.getByRole('status').filter({ hasText: /^All is well: / })).toBeVisible()
})
