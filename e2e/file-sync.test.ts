/** Photos and files between two laptops and a hub, over a way that breaks, and where nothing may be sent. */
import type { Locator } from '@playwright/test'
import { drop, takePhoto } from './fixtures/photo.ts'
import { type Seat, shareWorkspace, upToDate } from './fixtures/shared-workspace.ts'
import { expect, test } from './fixtures/test.ts'

const photosOf = ({ desk }: Seat): Locator => desk.record.getByRole('group', { name: 'Photos' })
const itemOf = (seat: Seat, name: string): Locator => photosOf(seat).getByRole('listitem').filter({ hasText: name })
const pictureIn = (item: Locator) =>
  item.locator('img').evaluate((each: HTMLImageElement) => [each.naturalWidth, each.naturalHeight])

test('a photo dropped on one laptop appears on the other, although the way breaks in the middle (P9)', async ({
  laptop,
  hub,
}) => {
  test.setTimeout(120_000)
  const { depot, field, office } = await shareWorkspace({ laptop, hub })
  const photo = await takePhoto(field.laptop.page, 'x'.repeat(200_000))
  expect(photo.length).toBeGreaterThan(4_000_000)
  const before = { ...depot.proxy.bytes }
  depot.proxy.throttle(2_500_000)
  depot.proxy.cutAfter(1_300_000, 'up')
  await drop(photosOf(field), 'north weir.jpg', 'image/jpeg', photo)
  // The first cut comes by itself; then one in the middle of either way.
  await expect.poll(() => depot.proxy.bytes.sent - before.sent).toBeGreaterThan(1_300_000)
  await expect(itemOf(field, 'north weir.jpg').getByRole('progressbar')).toBeVisible()
  await expect.poll(() => depot.proxy.bytes.sent - before.sent, { timeout: 30_000 }).toBeGreaterThan(2_600_000)
  depot.proxy.cut()
  await expect(itemOf(field, 'north weir.jpg')).toContainText('on the hub', { timeout: 60_000 })
  await expect.poll(() => depot.proxy.bytes.received - before.received, { timeout: 30_000 }).toBeGreaterThan(1_500_000)
  depot.proxy.cut()
  const arrived = itemOf(office, 'north weir.jpg')
  await expect(arrived).toContainText('on the hub', { timeout: 60_000 })
  await expect.poll(() => pictureIn(arrived)).toEqual([160, 320])
  await upToDate(field)
  await upToDate(office)
  const { sent, received } = depot.proxy.bytes
  expect(sent - before.sent).toBeLessThan(1.5 * photo.length)
  expect(received - before.received).toBeLessThan(1.5 * photo.length)
})
