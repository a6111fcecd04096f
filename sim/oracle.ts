/**
 * What must be true when everything has come to rest: nothing that anybody was told is saved is lost, all are equal, the
 * digests say so, and nobody was asked without need. It reads the disks and the hub's storage, never the code under test.
 */
import { canonicalJson } from '../core/model/canonical.ts'
import { type CollectionName, COLLECTIONS } from '../core/model/protocol.ts'
import type { HistoryEntry, RecordState, Value, Version } from '../core/model/record.ts'
import type { Saved } from './device/person.ts'
import type { Disk, StoredDocument } from './world/disk.ts'
import { DOCUMENT_BYTES, type Hub } from './world/hub.ts'

export interface Violation {
  readonly rule: 'lost' | 'unequal' | 'digest' | 'neverInSync' | 'askedInVain' | 'askedTwice' | 'unlisted' | 'bug'
  readonly detail: string
}

export interface Listing {
  readonly collection: CollectionName
  readonly id: string
}

export interface Replica {
  readonly name: string
  readonly disk: Disk
  readonly parked: readonly Listing[]
  readonly quarantined: readonly Listing[]
}

export type State = Pick<RecordState, 'id' | 'cells' | 'versions'>

const TABLE = '@0'
const LOCAL = ['unsent', 'sent', 'title', 'sortKey', 'createdAt', 'updatedAt', 'open', 'deleted']

/** The documents of one collection by id, removed ones left out. */
export function readTable(disk: Disk, collection: CollectionName): Map<string, StoredDocument> {
  const found = new Map<string, StoredDocument>()
  for (const [id, { document }] of disk.table(collection + TABLE).rows)
    if (document['_deleted'] !== true) found.set(id, document)
  return found
}

export function readStates(disk: Disk, collection: 'records' | 'types' | 'devices'): readonly State[] {
  return [...readTable(disk, collection).values()] as unknown as readonly State[]
}

/** What is sent of a document, as one text. */
function contentOf(document: StoredDocument): string {
  const kept = Object.entries(document).filter(([key]) => !key.startsWith('_') && !LOCAL.includes(key))
  return canonicalJson(Object.fromEntries(kept))
}

/** Every value that this disk holds, wherever a person can find it: shown, open, or in history. */
export function valuesOn(disk: Disk): ReadonlySet<string> {
  const values = new Set<string>()
  for (const collection of ['records', 'types', 'devices'] as const) {
    for (const state of readStates(disk, collection)) addValues(values, state)
  }
  for (const entry of readTable(disk, 'history').values() as unknown as Iterable<HistoryEntry>)
    values.add(keyOf(entry.record, entry.field, entry.value ?? null))
  return values
}

export async function valuesAtHub(hub: Hub): Promise<ReadonlySet<string>> {
  const values = new Set<string>()
  for (const collection of COLLECTIONS) {
    for (const { body } of await hub.documents(collection)) {
      const parsed = JSON.parse(body) as State & HistoryEntry
      if (collection === 'history') values.add(keyOf(parsed.record, parsed.field, parsed.value ?? null))
      else addValues(values, parsed)
    }
  }
  return values
}

function addValues(values: Set<string>, { id, cells, versions }: State): void {
  for (const [field, { value }] of Object.entries(cells)) values.add(keyOf(id, field, value))
  for (const { field, value } of versions) values.add(keyOf(id, field, value))
}

function keyOf(id: string, field: string, value: Value): string {
  return `${id} ${field} ${canonicalJson(value)}`
}

export function keyOfSaved({ id, field, value }: Saved): string {
  return keyOf(id, field, value)
}

export async function judge(
  replicas: readonly Replica[],
  hub: Hub,
  saved: ReadonlyMap<string, Saved>,
): Promise<readonly Violation[]> {
  const violations: Violation[] = []
  for (const replica of replicas) violations.push(...judgeLists(replica))
  // What the hub refuses for its size stays where it is.
  const aside = new Set(replicas.flatMap(({ parked }) => parked.map(({ collection, id }) => `${collection} ${id}`)))
  for (const collection of COLLECTIONS) violations.push(...(await judgeEqual(replicas, hub, collection, aside)))
  for (const replica of replicas) {
    const values = valuesOn(replica.disk)
    for (const [key, { collection, id, value }] of saved) {
      if (values.has(key) || aside.has(`${collection} ${id}`) || canonicalJson(value).length > DOCUMENT_BYTES) continue
      violations.push({ rule: 'lost', detail: `${replica.name} has nowhere: ${key}` })
    }
  }
  return violations
}

/** Nothing waits or is missing without being on a list that a person can see. */
function judgeLists({ name, disk, parked, quarantined }: Replica): readonly Violation[] {
  const violations: Violation[] = []
  for (const collection of COLLECTIONS) {
    for (const [id, document] of readTable(disk, collection)) {
      if (document['unsent'] !== 1) continue
      const listed = parked.some(item => item.collection === collection && item.id === id)
      if (!listed) violations.push({ rule: 'unlisted', detail: `${name}: ${collection} ${id} waits and is on no list` })
      else if (contentOf(document).length <= DOCUMENT_BYTES)
        violations.push({ rule: 'unlisted', detail: `${name}: ${collection} ${id} is parked and not too large` })
    }
  }
  for (const { collection, id } of quarantined)
    violations.push({
      rule: 'unlisted',
      detail: `${name}: ${collection} ${id} is quarantined, and nothing was wrong with it`,
    })
  return violations
}

async function judgeEqual(
  replicas: readonly Replica[],
  hub: Hub,
  collection: CollectionName,
  aside: ReadonlySet<string>,
): Promise<readonly Violation[]> {
  const violations: Violation[] = []
  const atHub = new Map((await hub.documents(collection)).map(document => [document.id, document]))
  for (const { name, disk } of replicas) {
    const here = readTable(disk, collection)
    let xor = 0n
    let count = 0
    for (const [id, document] of here) {
      const sent = String(document['sent'])
      if (sent !== '') {
        count += 1
        xor ^= BigInt(`0x${sent.slice(0, 32)}`)
      }
      if (aside.has(`${collection} ${id}`)) continue
      const theirs = atHub.get(id)
      const mine = contentOf(document)
      if (theirs === undefined)
        violations.push({ rule: 'unequal', detail: `the hub has no ${collection} ${id} of ${name}` })
      else if (canonicalJson(JSON.parse(theirs.body)) !== mine)
        violations.push({ rule: 'unequal', detail: `${collection} ${id}: ${name} ${mine} hub ${theirs.body}` })
    }
    for (const id of atHub.keys())
      if (!here.has(id)) violations.push({ rule: 'unequal', detail: `${name} has no ${collection} ${id}` })
    const { [collection]: theirs } = (await hub.digests()).digests
    if (theirs.count !== count || BigInt(`0x${theirs.xor}`) !== xor)
      violations.push({ rule: 'digest', detail: `${collection}: ${name} ${count}, hub ${theirs.count}` })
  }
  return violations
}

/** People who work in fields of their own are never asked anything. */
export function judgeApart(replicas: readonly Replica[]): readonly Violation[] {
  return replicas.flatMap(({ name, disk }) =>
    (['records', 'types', 'devices'] as const)
      .flatMap(collection => readStates(disk, collection))
      .flatMap(({ id, versions }) =>
        versions.map((version): Violation => ({ rule: 'askedInVain', detail: `${name}: ${id} ${describe(version)}` })),
      ),
  )
}

/** A version that is what shows, or is there twice, asks for nothing. */
export function judgeVersions(replicas: readonly Replica[]): readonly Violation[] {
  const violations: Violation[] = []
  for (const { name, disk } of replicas) {
    for (const { id, cells, versions } of readStates(disk, 'records')) {
      const seen = new Set<string>()
      for (const version of versions) {
        const key = `${version.field} ${canonicalJson(version.value)}`
        if (seen.has(key) || canonicalJson(cells[version.field]?.value ?? null) === canonicalJson(version.value))
          violations.push({ rule: 'askedTwice', detail: `${name}: ${id} ${describe(version)}` })
        seen.add(key)
      }
    }
  }
  return violations
}

/** Of several values written at once to one field, one shows and each other one waits, once. */
export function judgeDuel(
  replicas: readonly Replica[],
  id: string,
  field: string,
  values: readonly Value[],
): readonly Violation[] {
  const wanted = values.map(value => canonicalJson(value)).sort()
  return replicas.flatMap(({ name, disk }): Violation[] => {
    const state = readStates(disk, 'records').find(each => each.id === id)
    const open = state?.versions.filter(version => version.field === field).map(({ value }) => value) ?? []
    const found = [state?.cells[field]?.value ?? null, ...open].map(value => canonicalJson(value)).sort()
    if (found.join() === wanted.join()) return []
    const rule = found.length > wanted.length ? 'askedTwice' : 'lost'
    return [{ rule, detail: `${name}: of ${wanted.join()} there are ${found.join()} in ${field} of ${id}` }]
  })
}

function describe({ field, value }: Version): string {
  return `${field} also ${canonicalJson(value)}`
}
