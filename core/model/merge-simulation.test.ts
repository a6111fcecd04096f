/**
 * Two to four devices with skewed clocks, working apart and meeting through a compare-and-set store, thousands of times.
 * The oracle: every value ever written shows, is open, or is history; one stamp never names two values of one field; all
 * devices agree; disjoint work never asks anybody. Fields with a policy, lists and files never ask; counts come out as the
 * sum of what everybody added, logs with every line once, photos with every one that nobody took out, each under a name of
 * its own.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson } from './canonical.ts'
import { createClock, type Clock } from './clock.ts'
import { createRecord, deleteRecord, editRecord, restoreRecord } from './edit.ts'
import type { FileRef } from './fields/files.ts'
import { mergeRecords } from './merge.ts'
import { DELETION, type HistoryEntry, type RecordState, type Value } from './record.ts'
import type { Field } from './record-type.ts'
import { settle } from './settle.ts'
import { type SettleUndo, undoSettle } from './undo.ts'

const CHOICES = ['a', 'b', 'c', 'd', 'e'].map(id => ({ id, label: id }))
const FIELDS: readonly Field[] = [
  { id: 'site', kind: 'text', label: 'Site' },
  { id: 'depth', kind: 'number', label: 'Depth' },
  { id: 'tags', kind: 'choices', label: 'Tags', choices: CHOICES },
  { id: 'notes', kind: 'longText', label: 'Notes' },
  { id: 'log', kind: 'longText', label: 'Log', policy: 'append' },
  { id: 'count', kind: 'number', label: 'Count', policy: 'sum' },
  { id: 'peak', kind: 'number', label: 'Peak', policy: 'largest' },
  { id: 'low', kind: 'number', label: 'Low', policy: 'smallest' },
  { id: 'seen', kind: 'date', label: 'Seen', policy: 'newest' },
  { id: 'photos', kind: 'files', label: 'Photos' },
]
/** The only ones that may have open versions. */
const ASKING = new Set(['site', 'depth', 'notes', DELETION])
const NOTE =
  'the north gate was checked and the seal is worn so the crew ordered a new one from the office in town today'
const NAMES = ['photo.jpg', 'gate.jpg']
const nameOf = (device: string): string => `Laptop ${device}`
const fieldOf = (id: string): Field | undefined => FIELDS.find(field => field.id === id)

interface Laptop {
  readonly clock: Clock
  state: RecordState
  /** What it knows the store to hold: its base. */
  base: RecordState
  lastUndo?: SettleUndo
}

/** One step of a run. The numbers are taken modulo whatever there is to choose from. */
type Step =
  | {
      readonly do: 'edit' | 'settle' | 'sync' | 'delete' | 'restore' | 'unsettle'
      readonly who: number
      readonly pick: number
    }
  | { readonly do: 'wait'; readonly who: number; readonly pick: number }

const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom(
    'edit',
    'edit',
    'edit',
    'sync',
    'sync',
    'settle',
    'unsettle',
    'edit',
    'sync',
    'settle',
    'wait',
    'delete',
    'restore',
  ),
  who: fc.nat(3),
  pick: fc.nat(1000),
})

function openWorld(skews: readonly number[], asked: (field: string) => string) {
  let time = 1_700_000_000_000
  let written = 0
  const history = new Map<string, HistoryEntry>()
  const values = new Set<string>()
  const named = new Map<string, string>()
  const photos = { added: new Set<string>(), removed: new Set<string>() }
  const lines = new Set<string>()
  let increments = 0
  const checked = new WeakSet<RecordState>()
  const first = createRecord({
    id: 'r',
    type: 't',
    cells: { notes: NOTE, log: 'begun', count: 0 },
    stamp: createClock({ device: 'origin', now: () => time }).stamp(),
  }).record
  let store = first
  const laptops = skews.map((skew, index): Laptop => ({
    clock: createClock({ device: `device${index}`, now: () => time + skew }),
    state: first,
    base: first,
  }))

  function keep(entries: readonly HistoryEntry[]): void {
    for (const entry of entries) {
      const known = history.get(entry.id)
      // The id says what was replaced; two different values under one id would lose one of them.
      expect(known === undefined || canonicalJson(known.value) === canonicalJson(entry.value)).toBe(true)
      history.set(entry.id, known ?? entry)
    }
  }

  /** One stamp names one value of a field, wherever and whenever it is seen: versions and history are known by it. */
  function checkNames(state: RecordState): void {
    if (checked.has(state)) return
    checked.add(state)
    const { cells, versions } = state
    const all = [...Object.entries(cells).map(([field, cell]) => ({ field, ...cell })), ...versions]
    for (const { field, stamp, value } of all) {
      const name = `${field}|${stamp}`
      const text = canonicalJson(value)
      if ((named.get(name) ?? text) !== text) expect([name, named.get(name)]).toEqual([name, text])
      named.set(name, text)
    }
  }

  function newValue(field: string, pick: number, old: Value | undefined): Value {
    if (field === 'tags') return CHOICES.map(choice => choice.id).filter((_, index) => ((pick + written) >> index) & 1)
    // The field was chosen by the last digit.
    const turn = Math.floor(pick / FIELDS.length)
    if (field === 'notes') return editNote(typeof old === 'string' ? old : '', turn)
    if (field === 'log') {
      lines.add(`line ${written}.`)
      return `${typeof old === 'string' ? old : ''}\nline ${written}.`
    }
    if (field === 'count') {
      const more = (turn % 3) - 1 || 2
      increments += more
      return (typeof old === 'number' ? old : 0) + more
    }
    if (field === 'photos') return editPhotos(old, turn)
    if (pick % 11 === 0) return null
    if (field === 'peak' || field === 'low') return turn
    if (field === 'seen') return `2026-01-${10 + (written % 20)}`
    if (pick % 7 === 0) return field === 'depth' ? pick % 3 : `common ${pick % 3}`
    return field === 'depth' ? 1000 + written : `${typeof old === 'string' ? old.slice(0, 3) : ''} text ${written}`
  }

  function editNote(old: string, pick: number): string {
    const all = old.split(' ')
    const put = pick % 3 === 1 || all.length < 9 ? [`w${written}`] : []
    return all.toSpliced(pick % all.length, pick % 3 === 0 ? 1 : 0, ...put).join(' ')
  }

  function editPhotos(old: Value | undefined, pick: number): Value {
    const list = (Array.isArray(old) ? old : []) as readonly (FileRef & { readonly [key: string]: Value })[]
    const name = NAMES[pick % NAMES.length] ?? ''
    const gone = list[pick % Math.max(list.length, 1)]
    if (gone !== undefined && (pick % 4 === 0 || list.some(file => file.name === name))) {
      photos.removed.add(gone.hash)
      return list.filter(file => file !== gone)
    }
    const hash = written.toString(16).padStart(64, '0')
    photos.added.add(hash)
    return [...list, { hash, name, bytes: 1, type: 'image/jpeg' }]
  }

  const world = {
    laptops,
    get store() {
      return store
    },
    values,
    history,
    photos,
    lines,
    get increments() {
      return increments
    },
    sync(laptop: Laptop): void {
      if (laptop.state !== laptop.base) {
        if (canonicalJson(store) !== canonicalJson(laptop.base)) {
          const { merged, replaced } = mergeRecords(laptop.base, laptop.state, store, fieldOf, nameOf)
          const turned = mergeRecords(laptop.base, store, laptop.state, fieldOf, nameOf)
          expect(canonicalJson(turned)).toBe(
            canonicalJson({ merged, replaced, combined: turned.combined, taken: turned.taken }),
          )
          keep(replaced)
          laptop.state = merged
        }
        store = laptop.state
      } else laptop.state = store
      laptop.base = laptop.state
      checkNames(laptop.state)
      for (const one of [...Object.values(laptop.state.cells), ...laptop.state.versions])
        laptop.clock.observe(one.stamp)
    },
    run(one: Step): void {
      world.act(one)
      for (const { state } of laptops) checkNames(state)
    },
    act(one: Step): void {
      time += one.do === 'wait' ? 60_000 : 5
      const laptop = laptops[one.who % laptops.length]
      if (laptop === undefined || one.do === 'wait') return
      const { state, clock } = laptop
      if (one.do === 'sync') return world.sync(laptop)
      if (one.do === 'edit') {
        const field = asked(FIELDS[one.pick % FIELDS.length]?.id ?? 'site')
        const own = field === 'own' ? `own${laptops.indexOf(laptop)}` : field
        const value = newValue(own, one.pick, state.cells[own]?.value)
        written += 1
        const edit = editRecord(state, own, value, clock.stamp())
        keep(edit.replaced)
        if (edit.record !== state && value !== null) values.add(canonicalJson([own, value]))
        laptop.state = edit.record
      } else if (one.do === 'delete' || one.do === 'restore') {
        const edit = (one.do === 'delete' ? deleteRecord : restoreRecord)(state, clock.stamp())
        keep(edit.replaced)
        if (edit.record !== state && one.do === 'delete') values.add(canonicalJson([DELETION, true]))
        laptop.state = edit.record
      } else if (one.do === 'unsettle') {
        const undone = laptop.lastUndo && undoSettle(state, laptop.lastUndo, clock.stamp())
        if (!undone?.ok) return
        keep(undone.value.replaced)
        laptop.state = undone.value.record
        laptop.lastUndo = undone.value.undo
      } else {
        const version = state.versions[one.pick % Math.max(state.versions.length, 1)]
        if (version === undefined) return
        const choices = [
          { kind: 'shown' },
          { kind: 'version', stamp: version.stamp },
          { kind: 'before', stamp: version.stamp },
        ] as const
        const settled = settle(state, version.field, choices[one.pick % 3] ?? choices[0], clock.stamp())
        if (!settled.ok) return
        keep(settled.value.replaced)
        laptop.state = settled.value.record
        if (settled.value.undo.kind === 'settle') laptop.lastUndo = settled.value.undo
      }
    },
    meet(): void {
      for (const laptop of [...laptops, ...laptops]) world.sync(laptop)
    },
  }
  return world
}

/** What the fields that never ask have come to. */
function checkCombined({ store, photos, lines, increments }: ReturnType<typeof openWorld>): void {
  expect(store.versions.map(({ field }) => field).filter(field => !ASKING.has(field))).toEqual([])
  expect(store.cells['count']?.value).toBe(increments)
  const log = ((store.cells['log']?.value ?? '') as string).split('\n')
  expect(log.toSorted()).toEqual(['begun', ...lines].toSorted())
  const files = (store.cells['photos']?.value ?? []) as unknown as readonly FileRef[]
  const left = [...photos.added].filter(hash => !photos.removed.has(hash))
  expect(files.map(({ hash }) => hash).toSorted()).toEqual(left.toSorted())
  expect(new Set(files.map(({ name }) => name)).size).toBe(files.length)
}

const skew = fc.constantFrom(0, 0, 1500, -90_000, 3_600_000, -40 * 86_400_000, 400 * 86_400_000)

test('M2 M3 M4 M5 M6 M8 M9 M12 M13 nothing is lost and all agree, over 2,000 runs of 2-4 devices with skewed clocks', () => {
  fc.assert(
    fc.property(
      fc.array(skew, { minLength: 2, maxLength: 4 }),
      fc.array(step, { minLength: 10, maxLength: 90, size: 'max' }),
      (skews, steps) => {
        const world = openWorld(skews, field => field)
        for (const one of steps) world.run(one)
        world.meet()
        const text = canonicalJson(world.store)
        for (const laptop of world.laptops) expect(canonicalJson(laptop.state)).toBe(text)
        const kept = new Set(
          [
            ...Object.entries(world.store.cells).map(([field, one]) => [field, one.value]),
            ...[...world.store.versions, ...world.history.values()].map(one => [one.field, one.value]),
          ].map(canonicalJson),
        )
        const lost = [...world.values].filter(value => !kept.has(value))
        expect(lost).toEqual([])
        checkCombined(world)
      },
    ),
    { numRuns: 2000 },
  )
  // Room for a busy machine, and for shrinking: a run that times out does not show its counterexample.
}, 120_000)

test('M2 devices that work on different fields are never asked anything', () => {
  const plain = step.filter(one => one.do === 'edit' || one.do === 'sync' || one.do === 'wait')
  fc.assert(
    fc.property(
      fc.array(skew, { minLength: 2, maxLength: 4 }),
      fc.array(plain, { minLength: 5, maxLength: 40, size: 'max' }),
      (skews, steps) => {
        const world = openWorld(skews, () => 'own')
        const latest = new Map<string, Value>()
        for (const one of steps) {
          world.run(one)
          for (const laptop of world.laptops) expect(laptop.state.versions).toEqual([])
          const who = one.who % world.laptops.length
          const cell = world.laptops[who]?.state.cells[`own${who}`]
          if (cell !== undefined) latest.set(`own${who}`, cell.value)
        }
        world.meet()
        expect(world.store.versions).toEqual([])
        // What shows is what each device wrote last.
        for (const [field, value] of latest) expect(world.store.cells[field]?.value).toEqual(value)
      },
    ),
    { numRuns: 500 },
  )
})

test('M6 two devices that change one field once are asked once, and one answer ends it', () => {
  fc.assert(
    fc.property(skew, skew, fc.nat(2), (left, right, pick) => {
      const world = openWorld([left, right], () => 'site')
      for (const who of [0, 1]) world.run({ do: 'edit', who, pick: 2 })
      world.meet()
      expect(world.store.versions).toHaveLength(1)
      world.run({ do: 'settle', who: 1, pick })
      world.meet()
      expect(world.store.versions).toEqual([])
      expect(world.laptops[0]?.state).toEqual(world.laptops[1]?.state)
    }),
  )
})

test('M13 a laptop that twice replaces the same value from a clock far ahead keeps both of its own in history', () => {
  const clockOf = (device: string, now: number): Clock => createClock({ device, now: () => now })
  const [desk, imac, zebra] = [clockOf('desk', 1e12), clockOf('imac', 1e12), clockOf('zebra', 1e12 + 400 * 86_400_000)]
  const { record: empty } = createRecord({ id: 'r', type: 't', cells: {}, stamp: desk.stamp() })
  const merge = (a: RecordState, b: RecordState, base: RecordState): RecordState =>
    mergeRecords(base, a, b, fieldOf).merged

  // Zebra, whose clock is 400 days ahead, ticks c. Desk has not heard of it and ticks d and e; the two are combined.
  const zebras = editRecord(empty, 'tags', ['c'], zebra.stamp()).record
  const desks = editRecord(empty, 'tags', ['d', 'e'], desk.stamp()).record
  const store = merge(desks, zebras, empty)
  expect(store.cells['tags']?.value).toEqual(['c', 'd', 'e'])
  // The iMac has Zebra's tick only and adds d; combined with the store that is what the store holds already.
  const once = editRecord(zebras, 'tags', ['c', 'd'], imac.stamp())
  const met = merge(once.record, store, zebras)
  expect(met.cells['tags']?.value).toEqual(store.cells['tags']?.value)
  // The iMac edits that, and edits it again: its second value goes to history beside its first.
  const again = editRecord(met, 'tags', ['a', 'c', 'd', 'e'], imac.stamp())
  const last = editRecord(again.record, 'tags', ['a'], imac.stamp())
  const stamps = [store, once.record, again.record, last.record].map(state => state.cells['tags']?.stamp ?? '')
  expect(new Set(stamps).size).toBe(4)
  expect((stamps[2] ?? '') > (stamps[0] ?? '')).toBe(true)
  // And its own writes stay in the order in which they were made.
  expect(stamps.slice(1)).toEqual(stamps.slice(1).sort())
})
