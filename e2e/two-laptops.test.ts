/** The main job: two laptops and a hub. Whatever happens to the way between them, both end up with the same records. */
import { expect, test } from './fixtures/test.ts'
import { goOffline, goOnline, joinHub, type Seat, shareWorkspace, upToDate } from './fixtures/shared-workspace.ts'
import { writeCities } from './fixtures/cities.ts'
import type { Proxy } from './fixtures/proxy.ts'
import { sitAt } from './pages/desk.ts'

/** The sidebar's count beside a record type. */
async function expectCount({ desk }: Seat, type: string, count: string): Promise<void> {
  await expect(desk.sidebar.getByRole('button', { name: new RegExp(`^${type}`) })).toHaveText(`${type}${count}`, {
    timeout: 60_000,
  })
}

test('two laptops on one hub have each other’s records and types, and know each other by name', async ({
  laptop,
  hub,
}) => {
  const { field, office } = await shareWorkspace({ laptop, hub })
  await expect(office.desk.field('Inspector')).toHaveValue('Ada Brook')
  await office.desk.field('Inspector').focus()
  await expect(office.desk.record.getByText(/^Field laptop, /)).toBeVisible()

  // Live, with both windows open.
  await office.desk.fill('Notes', 'Written at the office')
  await expect(field.desk.field('Notes')).toHaveValue('Written at the office')
  await expect(office.desk.saved).toHaveText('Sent')

  await office.desk.goTo('Inspection')
  await office.desk.newRecord()
  await office.desk.fill('Site', 'Old mill')
  await expect(field.desk.row('Old mill')).toBeVisible()
})

test('edits of different fields while apart combine without a question (M2)', async ({ laptop, hub }) => {
  const { field, office } = await shareWorkspace({ laptop, hub })
  await goOffline(field, office)
  await field.desk.fill('Notes', 'Seal worn on the left side')
  await field.desk.choose('Result', 'Failed')
  await office.desk.fill('Inspector', 'Jonas Keller')
  await office.desk.fill('Follow-up by', '2026-12-04')
  await goOnline(field, office)
  for (const seat of [field, office]) {
    const { desk } = seat
    await expect(desk.field('Notes')).toHaveValue('Seal worn on the left side')
    await expect(desk.record.getByRole('button', { name: /Result$/ })).toContainText('Failed')
    await expect(desk.field('Inspector')).toHaveValue('Jonas Keller')
    await expect(desk.field('Follow-up by')).toHaveValue('2026-12-04')
    await upToDate(seat)
    await expect(desk.needsYou).toBeHidden()
  }
})

test('a clash waits on both laptops, is settled on one, and both agree (M6, M12)', async ({ laptop, hub }) => {
  const { field, office } = await shareWorkspace({ laptop, hub })
  await goOffline(field, office)
  await field.desk.fill('Follow-up by', '2026-12-04')
  await office.desk.fill('Follow-up by', '2026-12-11')
  await goOnline(field, office)
  for (const { desk } of [field, office]) {
    await expect(desk.needsYou).toHaveText('Needs you1')
    // The later stamp shows on both; the other is a chip at the field, with its device.
    await expect(desk.field('Follow-up by')).toHaveValue('2026-12-11')
    await expect(desk.record.getByRole('button', { name: /^Also 2026-12-04 from Field laptop/ })).toBeVisible()
  }

  await field.desk.needsYou.click()
  const { page } = field.laptop
  await page.getByRole('radio', { name: /2026-12-04/ }).click()
  await page.getByRole('button', { name: 'Keep', exact: true }).click()
  await expect(field.desk.needsYou).toBeHidden()
  await expect(office.desk.needsYou).toBeHidden()
  await expect(office.desk.field('Follow-up by')).toHaveValue('2026-12-04')
  const history = await office.desk.showHistory()
  await expect(history).toContainText('Settled')
  await expect(history).toContainText('2026-12-11')
  await upToDate(field)
  await upToDate(office)
})

test('deleted on one laptop, edited on the other: the record lives and the deletion waits as a choice (M8)', async ({
  laptop,
  hub,
}) => {
  const { field, office } = await shareWorkspace({ laptop, hub })
  await goOffline(field, office)
  await field.desk.record.getByRole('button', { name: 'More' }).click()
  await field.laptop.page.getByRole('menuitem', { name: 'Delete' }).click()
  await expect(field.desk.row('North weir')).toHaveCount(0)
  await office.desk.fill('Notes', 'Still needed')
  await goOnline(field, office)
  for (const { desk } of [field, office]) {
    await expect(desk.needsYou).toHaveText('Needs you1')
    await expect(desk.row('North weir')).toBeVisible()
  }
  await office.desk.needsYou.click()
  await office.laptop.page.getByRole('radio', { name: /Delete it/ }).click()
  await office.laptop.page.getByRole('button', { name: 'Keep', exact: true }).click()
  for (const { desk } of [field, office]) {
    await expect(desk.needsYou).toBeHidden()
    await expect(desk.sidebar.getByRole('button', { name: /^Recently deleted/ })).toHaveText('Recently deleted1')
  }
})

test('the hub is killed in the middle of a sync and comes back: everything arrives, once', async ({
  laptop,
  hub,
}, info) => {
  const { depot, field } = await joinHub({ laptop, hub })
  const cities = await bringCities(field, 3000, info.outputPath('cities.csv'), depot.proxy.throttle)
  const before = depot.proxy.bytes.sent
  await expect.poll(() => depot.proxy.bytes.sent - before).toBeGreaterThan(200_000)
  await depot.kill()
  depot.proxy.throttle(0)
  await expect(field.desk.chip).toHaveAccessibleName(/Hub did not answer/)
  await depot.restart()
  await upToDate(field)

  const office = await joinLater({ laptop }, await depot.pairingCode())
  await expectCount(office, 'City', cities)
  await upToDate(office)
  await expectCount(field, 'City', cities)
})

test('the connection is cut again and again in the middle of a sync: everything arrives, once', async ({
  laptop,
  hub,
}, info) => {
  const { depot, field } = await joinHub({ laptop, hub })
  const cities = await bringCities(field, 3000, info.outputPath('cities.csv'), depot.proxy.throttle)
  const { page } = field.laptop
  for (let cut = 1; cut <= 4; cut += 1) {
    const before = depot.proxy.bytes.sent
    // "Sync now", as an impatient person presses it: waiting out the growing pauses would be long.
    const sentMeanwhile = async (): Promise<number> => {
      await page.keyboard.press('Control+Shift+S')
      return depot.proxy.bytes.sent - before
    }
    await expect.poll(sentMeanwhile).toBeGreaterThan(60_000)
    // Every other time the last answers are lost too: the hub has taken what the laptop believes unsent.
    depot.proxy.swallowAnswers(cut % 2 === 0)
    if (cut % 2 === 0) await expect.poll(() => settled(depot.proxy)).toBe(true)
    depot.proxy.cut()
    depot.proxy.swallowAnswers(false)
  }
  await page.keyboard.press('Control+Shift+S')
  depot.proxy.throttle(0)
  await upToDate(field)
  const office = await joinLater({ laptop }, await depot.pairingCode())
  await expectCount(office, 'City', cities)
  await upToDate(office)
})

test('a hub that has lost a record gets it back: "Up to date" means that both sides were compared (P7)', async ({
  laptop,
  hub,
}) => {
  const { depot, field } = await joinHub({ laptop, hub })
  await depot.kill()
  expect(depot.loseDocuments('North weir')).toBeGreaterThan(0)
  await field.laptop.quit()
  await depot.restart()
  await field.laptop.reopen()
  const again = { laptop: field.laptop, desk: sitAt(field.laptop.page) }
  await upToDate(again)

  const office = await joinLater({ laptop }, await depot.pairingCode())
  await expect(office.desk.row('North weir')).toBeVisible()
  await upToDate(office)
})

/** Nothing more is sent: an answer is being waited for. */
async function settled(proxy: Proxy): Promise<boolean> {
  const before = proxy.bytes.sent
  await new Promise(done => setTimeout(done, 300))
  return proxy.bytes.sent === before
}

/** Imports cities while the way out is slow, so that there is a middle of the sync to do harm in. */
async function bringCities(
  { desk, laptop }: Seat,
  count: number,
  path: string,
  throttle: (bytesPerSecond: number) => void,
): Promise<string> {
  // Half a minute's worth: however slow the screen is, the sync is still in its middle afterwards.
  throttle(80_000)
  await writeCities(path, count)
  const dialog = await desk.importCsv(path, { newType: 'City' })
  await expect(dialog.getByRole('heading', { name: 'Imported 3,000 records' })).toBeVisible()
  await dialog.getByRole('button', { name: 'Show records' }).click()
  await expect(laptop.page.getByRole('heading', { name: /^City/ })).toBeVisible()
  return count.toLocaleString('en')
}

/** A laptop that begins with the pairing code, as a new colleague does. */
async function joinLater({ laptop }: Pick<Parameters<typeof joinHub>[0], 'laptop'>, code: string): Promise<Seat> {
  const opened = await laptop('Office iMac')
  const desk = sitAt(opened.page)
  await desk.join('Office iMac', code)
  return { laptop: opened, desk }
}
