/** When nothing may be sent, nothing is, and the app says why and what would change it. */
import { expect, test } from './fixtures/test.ts'
import { goOffline, joinHub, type Seat, upToDate } from './fixtures/shared-workspace.ts'
import type { Proxy } from './fixtures/proxy.ts'
import { sitAt } from './pages/desk.ts'

/** How long silence is listened to: there is no event for "nothing was sent". */
const LISTEN_MS = 3000

async function expectSilence({ laptop }: Seat, proxy: Proxy): Promise<void> {
  const total = (): number => proxy.bytes.sent + proxy.bytes.received
  // Connections that nobody uses any more are let go of first.
  await expect.poll(() => proxy.connections).toBe(0)
  const before = total()
  await laptop.page.waitForTimeout(LISTEN_MS)
  expect(total() - before).toBe(0)
}

test('on battery it pauses within a second and says so; on mains it goes on by itself (S1, S2)', async ({
  laptop,
  hub,
}) => {
  const { depot, field } = await joinHub({ laptop, hub })
  const { bus } = field.laptop
  await bus.battery(43)
  await expect(field.desk.chip).toHaveAccessibleName('Sync: Paused, battery 43 %', { timeout: 1000 })
  await field.desk.fill('Notes', 'Written on battery')
  await expect(field.desk.saved).toHaveText('Saved on this laptop')
  await expectSilence(field, depot.proxy)

  const popover = await field.desk.openSync()
  await expect(popover).toContainText('Paused: on battery, 43 %')
  await expect(popover).toContainText('1 change waits here')
  await expect(popover).toContainText('rule: only on mains')
  await expect(popover).toContainText('Continues when plugged in.')
  await field.desk.closeSync()

  await bus.mains()
  await upToDate(field)
  await expect(field.desk.saved).toHaveText('Sent')
})

test('on a metered network it waits; "Sync once anyway" sends now and then waits again (S3, S5)', async ({
  laptop,
  hub,
}) => {
  const { depot, field } = await joinHub({ laptop, hub })
  await field.laptop.bus.metered(true)
  await expect(field.desk.chip).toHaveAccessibleName('Sync: Waiting, metered network')
  await field.desk.fill('Notes', 'Written on a phone’s network')
  await expectSilence(field, depot.proxy)
  await expect(field.desk.row('North weir').getByRole('img', { name: 'Not sent yet' })).toBeVisible()

  const popover = await field.desk.openSync()
  await expect(popover).toContainText('Waiting: “Home” is metered')
  await popover.getByRole('button', { name: /^Sync once anyway/ }).click()
  await field.desk.closeSync()
  await expect(field.desk.saved).toHaveText('Sent')
  await expect(field.desk.chip).toHaveAccessibleName('Sync: Waiting, metered network')
  await expectSilence(field, depot.proxy)
})

test('where it cannot tell whether the network is metered it asks, and remembers the answer for that network (S5)', async ({
  laptop,
  hub,
}) => {
  const { depot, field } = await joinHub({ laptop, hub })
  const { bus } = field.laptop
  const cafe = { name: 'Café', uuid: '8f0c1a52-6c1e-4b1b-9f2e-3f6f6a0c0777' }
  await bus.metered('unknown')
  await bus.join(cafe)
  await expect(field.desk.chip).toHaveAccessibleName('Sync: Metered network?')
  await field.desk.fill('Notes', 'Written in the café')
  await expectSilence(field, depot.proxy)
  const popover = await field.desk.openSync()
  await expect(popover).toContainText('Can’t tell if this network is metered')
  await expect(popover).toContainText('Say so once for “Café” and it is remembered.')
  await popover.getByRole('button', { name: 'Treat as unmetered' }).click()
  await field.desk.closeSync()
  await expect(field.desk.saved).toHaveText('Sent')

  await bus.join({ name: 'Station', uuid: '8f0c1a52-6c1e-4b1b-9f2e-3f6f6a0c0888' })
  await expect(field.desk.chip).toHaveAccessibleName('Sync: Metered network?')
  await bus.join(cafe)
  await upToDate(field)
})

test('started on battery, not one byte goes out', async ({ laptop, hub }) => {
  const { depot, field } = await joinHub({ laptop, hub })
  await field.laptop.quit()
  await field.laptop.bus.battery(61)
  const before = depot.proxy.bytes.sent + depot.proxy.bytes.received
  await field.laptop.reopen()
  const seat = { laptop: field.laptop, desk: sitAt(field.laptop.page) }
  await expect(seat.desk.chip).toHaveAccessibleName('Sync: Paused, battery 61 %')
  await seat.desk.goTo('Inspection')
  await seat.desk.openRecord('North weir')
  await seat.desk.fill('Notes', 'Written on battery')
  await seat.laptop.page.waitForTimeout(LISTEN_MS)
  expect(depot.proxy.bytes.sent + depot.proxy.bytes.received - before).toBe(0)
  await seat.laptop.bus.mains()
  await expect(seat.desk.saved).toHaveText('Sent')
})

test('pausing by hand holds until resumed, over a restart too', async ({ laptop, hub }) => {
  const { depot, field } = await joinHub({ laptop, hub })
  const popover = await field.desk.openSync()
  await popover.getByRole('button', { name: 'Pause sync' }).click()
  await field.laptop.page.getByRole('menuitem', { name: 'Until I resume' }).click()
  await expect(field.desk.chip).toHaveAccessibleName('Sync: Paused by you')
  await field.laptop.quit()
  await field.laptop.reopen()
  const seat = { laptop: field.laptop, desk: sitAt(field.laptop.page) }
  await expect(seat.desk.chip).toHaveAccessibleName('Sync: Paused by you')
  await expectSilence(seat, depot.proxy)
  await (await seat.desk.openSync()).getByRole('button', { name: 'Resume' }).click()
  await upToDate(seat)
})

test('no network and a sign-in page each have their own words, and a changed rule shows what it means', async ({
  laptop,
  hub,
}) => {
  const { field } = await joinHub({ laptop, hub })
  await goOffline(field)
  await expect(await field.desk.openSync()).toContainText('Offline, working on this laptop')
  await field.desk.closeSync()
  await field.laptop.bus.captive()
  await expect(field.desk.chip).toHaveAccessibleName('Sync: Sign in to Wi-Fi')
  await field.laptop.bus.online()
  await field.laptop.bus.battery(80)
  await expect(field.desk.chip).toHaveAccessibleName(/Paused, battery 80 %/)

  const { page } = field.laptop
  await (await field.desk.openSync()).getByRole('button', { name: 'Change the power rule' }).click()
  await expect(page.getByRole('status').filter({ hasText: 'Right now this means: Paused: on battery' })).toBeVisible()
  await page.getByRole('radio', { name: /On battery too/ }).check({ force: true })
  await upToDate(field)
})
