/**
 * The end of a run: nothing is wrong any more, all come to rest, and the oracle judges. And the duel: a clash that nobody
 * can miss, of which each must then be asked exactly once.
 */
import type { Saved } from './device/person.ts'
import {
  judge,
  judgeApart,
  judgeDuel,
  judgeVersions,
  keyOfSaved,
  readStates,
  type Replica,
  readTable,
} from './oracle.ts'
import type { Laptop } from './world/laptop.ts'
import { advanceUntil, type World } from './world/world.ts'

const REST_MS = 5_000
/** So long may it take until everybody is in sync once nothing is wrong any more. */
const PATIENCE_MS = 30 * 60_000

/** Nothing is wrong any more, everybody is on and syncs, until all say that they are in sync and stay so. */
export async function comeToRest(world: World): Promise<void> {
  const { schedule, network, laptops } = world
  world.tell(undefined, 'Everything works from here on')
  network.clear()
  for (const laptop of laptops) {
    laptop.spare()
    laptop.switchOn()
  }
  await advanceUntil(world, () => laptops.every(({ program }) => program !== undefined), 60_000)
  for (const { program } of laptops) void program?.start()
  const deadline = schedule.now + PATIENCE_MS
  let calm = 0
  let before = ''
  while (schedule.now < deadline && calm < 2) {
    await schedule.advance(REST_MS)
    const written = laptops.map(({ disk }) => disk.writes).join()
    const isCalm = written === before && laptops.every(({ program }) => isAtRest(program)) && network.open === 0
    calm = isCalm ? calm + 1 : 0
    before = written
    if (world.violations.length > 0) return
  }
  if (calm >= 2) return
  const states = laptops.map(({ name, program }) => `${name} ${JSON.stringify(program?.state())}`)
  world.violations.push({ rule: 'neverInSync', detail: states.join('\n') })
}

function isAtRest(program: Laptop['program']): boolean {
  const state = program?.state()
  return state !== undefined && state.running && (state.inSync || (state.parked.length > 0 && state.failure === null))
}

function replicasOf({ laptops }: World): readonly Replica[] {
  return laptops.map(({ name, disk, program }) => ({
    name,
    disk,
    parked: program?.state().parked ?? [],
    quarantined: program?.state().quarantined ?? [],
  }))
}

export async function judgeAll(world: World): Promise<void> {
  const replicas = replicasOf(world)
  world.violations.push(...(await judge(replicas, world.hub, world.saved)), ...judgeVersions(replicas))
  // A hub put back to an old copy has forgotten what some had in common; then it may ask.
  if (world.plan.manner === 'apart' && !world.faults.has('hubRestore')) world.violations.push(...judgeApart(replicas))
}

/** All change one field of one record while none hears of the others; then one of them settles it. */
export async function duel(world: World): Promise<void> {
  const { laptops, network, schedule, plan } = world
  const first = laptops[0]
  // What the hub refuses for its size the others may never have heard of.
  const isEverywhere = (id: string): boolean =>
    laptops.every(({ disk }) => readTable(disk, 'records').get(id)?.['unsent'] === 0)
  const quiet = (first === undefined ? [] : readStates(first.disk, 'records')).find(
    ({ id, versions, cells }) => versions.length === 0 && cells['$deleted']?.value !== true && isEverywhere(id),
  )
  const known = first === undefined ? undefined : readStates(first.disk, 'types')[0]?.cells['f:site']?.value
  if (quiet === undefined || known === null || known === undefined) return
  for (const who of laptops.keys()) network.weather(who).cutUntil = Number.POSITIVE_INFINITY
  network.cutStreams(undefined)
  await schedule.advance(1_000)
  const values = laptops.map((_, who) => `duel ${plan.seed} ${who}`)
  for (const [who, { program }] of laptops.entries()) {
    const value = values[who] ?? ''
    const saved: Saved = { collection: 'records', id: quiet.id, field: 'site', value }
    void program?.person.write(quiet.id, 'site', value).then(() => {
      world.saved.set(keyOfSaved(saved), saved)
      world.tell(who, `edits Site of ${quiet.id} to "${value}"`)
    })
  }
  await schedule.advance(1_000)
  await comeToRest(world)
  await judgeAll(world)
  if (plan.manner === 'apart')
    world.violations.splice(
      0,
      world.violations.length,
      ...world.violations.filter(({ rule }) => rule !== 'askedInVain'),
    )
  world.violations.push(...judgeDuel(replicasOf(world), quiet.id, 'site', values))
  if (world.violations.length > 0) return
  world.tell(0, `keeps what shows in Site of ${quiet.id}`)
  void first?.program?.person.keepShown(quiet.id, 'site')
  await schedule.advance(1_000)
  await comeToRest(world)
  const shown =
    first === undefined
      ? null
      : (readStates(first.disk, 'records').find(({ id }) => id === quiet.id)?.cells['site']?.value ?? null)
  world.violations.push(...judgeDuel(replicasOf(world), quiet.id, 'site', [shown]))
}
