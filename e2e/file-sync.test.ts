/** Photos and files between two laptops and a hub, over a way that breaks, and where nothing may be sent. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Locator } from '@playwright/test'
import { examine } from './fixtures/examine.ts'
import { drop, takePhoto } from './fixtures/photo.ts'
import { joinHub, type Seat, shareWorkspace, upToDate } from './fixtures/shared-workspace.ts'
import { expect, test } from './fixtures/test.ts'
import { sitAt } from './pages/desk.ts'

const photosOf = ({ desk }: Seat): Locator => desk.record.getByRole('group', { name: 'Photos' })
/** The record's own, not the copying of it into the record, which may stand beside it for a moment. */
const itemOf = (seat: Seat, name: string): Locator =>
  photosOf(seat)
    .getByRole('listitem')
    .filter({ hasText: name, hasNot: seat.laptop.page.getByRole('progressbar', { name: /^Copying/ }) })
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
  await expect(itemOf(field, 'north weir.jpg').getByRole('progressbar', { name: /^Sending/ })).toBeVisible()
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

test('on battery no photo goes (S10); one too large for the hub says so; one that is not here can be fetched anyway', async ({
  laptop,
  hub,
}, info) => {
  test.setTimeout(120_000)
  const { depot, field } = await joinHub({ laptop, hub: () => hub(['--file-megabytes', '2']) })
  const { page, bus } = field.laptop
  await bus.battery(43)
  await expect(field.desk.chip).toHaveAccessibleName(/Paused, battery/)
  await expect.poll(() => depot.proxy.connections).toBe(0)
  const before = depot.proxy.bytes.sent
  await drop(photosOf(field), 'north weir.jpg', 'image/jpeg', await takePhoto(page, 'y'.repeat(5_000)))
  await drop(photosOf(field), 'survey.jpg', 'image/jpeg', await takePhoto(page, 'z'.repeat(120_000)))
  await expect(itemOf(field, 'north weir.jpg')).toContainText('Not sent yet. Paused: on battery, 43 %.')
  const popover = await field.desk.openSync()
  await expect(popover).toContainText(/and 2 photos wait here, about 2\.\d MB/)
  await field.desk.closeSync()
  expect(depot.proxy.bytes.sent).toBe(before)

  await bus.mains()
  await expect(itemOf(field, 'north weir.jpg')).toContainText('on the hub')
  await expect(itemOf(field, 'survey.jpg')).toContainText('Larger than the hub takes')
  await expect(field.desk.chip).toHaveAccessibleName('Sync: 1 file held back')
  const after = await field.desk.openSync()
  await expect(after).toContainText(/1 photo is larger than the hub takes, and stays on this laptop \(2\.\d MB\)/)
  await expect(after.getByRole('heading')).toHaveText('Records are up to date')
  await field.desk.closeSync()

  // The disk lost them: placeholders, and what the hub has can be had again.
  await field.laptop.quit()
  await rm(join(field.laptop.profile, 'workspace', 'files'), { recursive: true })
  await bus.battery(43)
  await field.laptop.reopen()
  const seat = { laptop: field.laptop, desk: sitAt(field.laptop.page) }
  await seat.desk.goTo('Inspection')
  await seat.desk.openRecord('North weir')
  const photo = itemOf(seat, 'north weir.jpg')
  await expect(photo).toContainText('On the hub, not on this laptop')
  await expect(photo.locator('img')).toHaveCount(0)
  await photo.getByRole('button', { name: 'Fetch north weir.jpg' }).click()
  await expect(photo).toContainText('Waits. Paused: on battery, 43 %.')
  await examine(field.laptop.page, 'a photo that waits', info)
  await photo.getByRole('button', { name: /^Fetch now anyway/ }).click()
  await expect(photo).toContainText('on the hub')
  await expect.poll(() => pictureIn(photo)).toEqual([160, 320])
  await expect(seat.desk.chip).toHaveAccessibleName(/Paused, battery/)
})
