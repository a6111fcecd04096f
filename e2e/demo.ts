/**
 * The main job, told and checked: two laptops share 138,398 cities through a hub, both go offline, both work, everything
 * meets again, the one true clash is settled, both agree. Prints what happened, leaves screenshots in demo-results/, and
 * ends with 0 only if the story held.
 */
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect } from '@playwright/test'
import { writeCities } from './fixtures/cities.ts'
import { openHubProcess } from './fixtures/hub.ts'
import { openLaptop, type Laptop } from './fixtures/laptop.ts'
import { type Desk, sitAt } from './pages/desk.ts'

const RESULTS = resolve(import.meta.dirname, '../demo-results')
const LONG = { timeout: 300_000 }
const CITY = 'Reykjavík'

interface Line {
  readonly what: string
  readonly records: number | string
  readonly bytes: number | string
  readonly seconds: number | string
}

const lines: Line[] = []
const scratch = await mkdtemp(join(tmpdir(), 'farfield-demo-'))
await mkdir(RESULTS, { recursive: true })
const hub = await openHubProcess('Depot hub')
const field = await openLaptop('Field laptop', { trace: false })
const office = await openLaptop('Office iMac', { trace: false })
try {
  await tell()
} finally {
  await field.close()
  await office.close()
  await hub.close()
  await rm(scratch, { recursive: true, force: true })
}

async function tell(): Promise<void> {
  const here = sitAt(field.page)
  const there = sitAt(office.page)
  const cities = await writeCities(join(scratch, 'cities.csv'))

  await here.begin('Field laptop')
  await here.closeRecord()
  await step('Import of the cities on the Field laptop', cities, async () => {
    await here.importCsv(join(scratch, 'cities.csv'), { newType: 'City' })
    await expect(field.page.getByText(`Imported ${cities.toLocaleString('en')} records`).first()).toBeVisible(LONG)
  })
  await field.page.getByRole('button', { name: 'Show records' }).click()
  await picture(field, '1-imported')

  await step('Everything to the hub', cities, async () => {
    await here.connect(await hub.pairingCode())
    await upToDate(here)
  })
  await step('First sync of the Office iMac', cities, async () => {
    await there.begin('Office iMac')
    await there.closeRecord()
    await there.connect(await hub.pairingCode())
    await expect(there.sidebar.getByRole('button', { name: /^City/ })).toHaveText(counted(cities), LONG)
    await upToDate(there)
  })

  say('Both laptops go offline, and both work.')
  for (const laptop of [field, office]) await laptop.bus.offline()
  for (const desk of [here, there]) await expect(desk.chip).toHaveAccessibleName(/Offline/)
  await findCity(here, field)
  await here.fill('Population', '140001')
  await here.fill('Feature', 'Capital by the sea')
  await findCity(there, office)
  await there.fill('Region', 'Capital Region')
  await there.fill('Feature', 'Seat of the Althing')
  await picture(field, '2-offline')

  say('The network is back, but both are on battery: nothing may be sent.')
  for (const laptop of [field, office]) {
    await laptop.bus.battery(43)
    await laptop.bus.online()
  }
  for (const desk of [here, there]) await expect(desk.chip).toHaveAccessibleName(/battery/i)
  const quiet = total()
  await field.page.waitForTimeout(6000)
  const leaked = total() - quiet
  lines.push({ what: 'On battery for 6 s', records: 0, bytes: leaked, seconds: 6 })
  await here.openSync()
  await picture(field, '3-on-battery')
  await here.closeSync()

  await step('On mains: everything meets', 2, async () => {
    for (const laptop of [field, office]) await laptop.bus.mains()
    for (const desk of [here, there]) await expect(desk.needsYou).toHaveText(/1/, LONG)
    for (const desk of [here, there]) await upToDate(desk)
  })
  await expect(there.field('Population')).toHaveValue(/140.?001/)
  await expect(here.field('Region')).toHaveValue('Capital Region')
  const clashes = await here.needsYou.innerText()
  await there.filter.fill('Rey')
  await expect(office.page.getByText('Reynosa').first()).toBeVisible()
  await picture(office, '4-one-clash')
  if (process.argv.includes('--readme')) {
    await copyFile(join(RESULTS, '4-one-clash.png'), resolve(import.meta.dirname, '../docs/screenshot.png'))
  }

  await step('The clash, settled on the Office iMac', 1, async () => {
    await there.needsYou.click()
    await expect(office.page.getByRole('radio', { name: /Capital by the sea/ })).toBeVisible()
    await picture(office, '5-needs-you')
    await office.page.getByRole('radio', { name: /Capital by the sea/ }).check({ force: true })
    await office.page.getByRole('button', { name: /^Keep/ }).click()
    for (const desk of [here, there]) await expect(desk.needsYou).toBeHidden(LONG)
  })

  await findCity(there, office)
  const written = ['140001', 'Capital by the sea', 'Capital Region', 'Seat of the Althing']
  let lost = 0
  for (const [laptop, desk] of [
    [field, here],
    [office, there],
  ] as const) {
    const found = await everythingAbout(laptop, desk)
    for (const value of written) if (!found.includes(value)) lost++
  }
  await picture(field, '6-agreed')

  process.stdout.write('\n')
  console.table(lines)
  process.stdout.write(
    `  clashes: ${/\d+/.exec(clashes)?.[0] ?? '?'}   lost values: ${lost}   bytes sent on battery: ${leaked}\n`,
  )
  process.stdout.write(`  screenshots: ${RESULTS}\n`)
  if (lost > 0 || leaked > 0) throw new Error('the story did not hold')
}

async function step(what: string, records: number, run: () => Promise<void>): Promise<void> {
  say(`${what} …`)
  const bytes = total()
  const began = performance.now()
  await run()
  const seconds = Number(((performance.now() - began) / 1000).toFixed(1))
  lines.push({ what, records, bytes: total() - bytes, seconds })
}

/** Bytes that passed between the laptops and the hub so far, both ways. */
function total(): number {
  return hub.proxy.bytes.sent + hub.proxy.bytes.received
}

async function findCity(desk: Desk, laptop: Laptop): Promise<void> {
  await desk.goTo('City')
  await laptop.page.getByRole('textbox', { name: 'Filter' }).fill(CITY)
  await desk.openRecord(CITY)
}

/** Everything the open record shows: its fields' values, its open versions and its whole history. */
async function everythingAbout(laptop: Laptop, desk: Desk): Promise<string> {
  const values = await desk.record
    .getByRole('textbox')
    .evaluateAll(fields => fields.map(field => (field as HTMLInputElement).value.replace(/[^\w ]/g, '')))
  await laptop.page.getByRole('tab', { name: 'History' }).click()
  return `${values.join('\n')}\n${await desk.record.innerText()}`
}

async function upToDate(desk: Desk): Promise<void> {
  await expect(desk.chip).toHaveAccessibleName(/Up to date/, LONG)
}

function counted(count: number): RegExp {
  return new RegExp(count.toLocaleString('en'))
}

async function picture(laptop: Laptop, name: string): Promise<void> {
  await laptop.page.screenshot({ path: join(RESULTS, `${name}.png`) })
}

function say(text: string): void {
  process.stdout.write(`  ${text}\n`)
}
