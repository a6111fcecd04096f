/** Lets one thing of a plan happen: a person's wish, a laptop's or a hub's fate, the weather on the way. */
import type { Wish } from './device/person.ts'
import { keyOfSaved, valuesAtHub, valuesOn } from './oracle.ts'
import type { Event } from './plan.ts'
import type { Laptop } from './world/laptop.ts'
import type { World } from './world/world.ts'

/** The record type, on one laptop or by itself on each, and two records; most runs go on when all have heard of them. */
export async function setScene(world: World): Promise<void> {
  const { schedule, laptops, plan } = world
  for (const who of laptops.keys()) if (who === 0 || plan.seed % 2 === 0) wish(world, who, { do: 'define' })
  await schedule.advance(200)
  for (const mark of [9_001, 9_002]) wish(world, 0, { do: 'create', mark, pick: 127 })
  await schedule.advance(plan.seed % 5 === 0 ? 100 : 4_000)
}

/** Somebody does something; what is said to be saved counts from the moment on at which it is said. */
function wish(world: World, who: number, wanted: Wish): void {
  const laptop = world.laptops[who]
  const program = laptop?.program
  if (laptop === undefined || program === undefined) return
  const { run } = laptop
  program.person.act(wanted).then(
    ({ words, saved }) => {
      // An answer that nobody saw: the program was cut off.
      if (laptop.run !== run || laptop.program !== program) return
      for (const each of saved) world.saved.set(keyOfSaved(each), each)
      if (words === undefined) return
      world.deeds += 1
      world.tell(who, words)
    },
    error => world.violations.push({ rule: 'bug', detail: `${wanted.do}: ${String(error)}` }),
  )
}

export async function perform(world: World, who: number, event: Event): Promise<void> {
  const { schedule, network, hub, faults, tell } = world
  const laptop = world.laptops[who]
  if (laptop === undefined) return
  const { program } = laptop
  const way = network.weather(who)
  const count = (): void => void faults.set(event.do, (faults.get(event.do) ?? 0) + 1)
  switch (event.do) {
    case 'wish':
      return wish(world, who, event.wish)
    case 'start':
      if (program !== undefined) tell(who, 'begins to sync')
      return void program?.start()
    case 'abort':
    case 'drain':
      if (program !== undefined) tell(who, event.do === 'abort' ? 'stops syncing at once' : 'stops syncing')
      return void program?.[event.do]()
    case 'resync':
      return program?.resync()
    case 'on':
      if (laptop.isOn) return
      tell(who, 'is switched on')
      return laptop.switchOn()
    case 'quit':
      if (program === undefined) return
      tell(who, 'is quit')
      return laptop.quit()
    case 'crash':
      return laptop.crash(event.writes, event.within)
    case 'clock':
      count()
      tell(who, `has its clock set ${event.ms > 0 ? 'forward' : 'back'} by ${Math.abs(event.ms) / 60_000} minutes`)
      return laptop.stepClock(event.ms)
    case 'backUp':
      tell(who, 'is backed up')
      return laptop.backUp()
    case 'goBack':
      return goBack(world, who, laptop)
    case 'streamCut':
      return network.cutStreams(who)
    case 'cutOff':
      tell(who, `has no connection for ${event.ms} ms`)
      way.cutUntil = schedule.now + event.ms
      return network.cutStreams(who)
    case 'slow':
      tell(who, `has a slow connection for 20 s, up to ${event.ms} ms`)
      way.slowUntil = schedule.now + 20_000
      way.slowMs = event.ms
      return
    case 'requestLost':
      tell(who, `: the next ${event.count} requests are lost`)
      way.loseRequests = event.count
      return
    case 'answerLost':
      tell(who, `: the next ${event.count} answers are lost`)
      way.loseAnswers = event.count
      return
    case 'repeated':
      tell(who, `: the next ${event.count} requests arrive twice`)
      way.repeat = event.count
      return
    case 'tickLost':
      way.loseTicks = event.count
      return
    case 'hubRestart':
      count()
      tell(undefined, 'The hub is started anew')
      network.cutStreams(undefined)
      return hub.restart()
    case 'hubBackUp':
      tell(undefined, `The hub is copied${event.official ? ' by its own command' : ''}`)
      network.cutStreams(undefined)
      return hub.backUp(event.official)
    case 'hubRestore': {
      network.cutStreams(undefined)
      if (!(await hub.restore())) return
      count()
      tell(undefined, 'The hub is put back to its copy')
      return forgive(world)
    }
  }
}

async function goBack(world: World, who: number, laptop: Laptop): Promise<void> {
  if (!(await laptop.restore())) return
  world.faults.set('goBack', (world.faults.get('goBack') ?? 0) + 1)
  world.tell(who, 'is put back to its backup')
  await forgive(world)
  laptop.switchOn()
}

/** What was on the disk that is gone and nowhere else cannot come back; everything else has to. */
async function forgive({ laptops, hub, saved }: World): Promise<void> {
  const places = [...laptops.map(({ disk }) => valuesOn(disk)), await valuesAtHub(hub)]
  for (const key of saved.keys()) if (!places.some(values => values.has(key))) saved.delete(key)
}
