/**
 * This side's half of rule P7: count and XOR of the hashes that the provider is known to hold, kept by the changes
 * themselves. Read from a full walk only after an unclean end; a clean end leaves the sums behind.
 */
import { addToDigest, EMPTY_DIGEST, removeFromDigest } from '../model/digest.ts'
import { type CollectionDigest, type CollectionName, COLLECTIONS } from '../model/protocol.ts'
import type { Value } from '../model/record.ts'
import type { Workspace } from '../database/workspace.ts'
import type { ItemList } from './lists.ts'
import { tableOf } from './tables.ts'
import { sleep, type Timer } from './timer.ts'

export interface LocalDigest {
  /** What the provider's digest of this collection has to be; waits for the first walk. */
  expect(collection: CollectionName): Promise<CollectionDigest>
  /** Walks again, in case the sums are what is wrong. */
  recount(): Promise<void>
  close(): Promise<void>
}

const KEY = 'replication.digest'
const PAGE = 500

export async function openLocalDigest(workspace: Workspace, quarantined: ItemList, timer: Timer): Promise<LocalDigest> {
  const { settings, context } = workspace
  const sums = new Map<CollectionName, CollectionDigest>()
  let changes = 0
  let closed = false
  let whole = false

  const subscriptions = COLLECTIONS.map(collection =>
    tableOf(context.tables, collection).changes$.subscribe(bulk => {
      for (const { before, after } of bulk) {
        const [was, is] = [before?.sent ?? '', after?.sent ?? '']
        if (was === is) continue
        changes += 1
        let sum = sums.get(collection) ?? EMPTY_DIGEST
        if (was !== '') sum = removeFromDigest(sum, was)
        if (is !== '') sum = addToDigest(sum, is)
        sums.set(collection, sum)
      }
    }),
  )

  async function walk(): Promise<void> {
    while (!closed) {
      const before = changes
      const counted = new Map<CollectionName, CollectionDigest>()
      for (const collection of COLLECTIONS) counted.set(collection, await count(collection))
      if (before !== changes) continue
      if (closed) return
      for (const [collection, sum] of counted) sums.set(collection, sum)
      whole = true
      return
    }
  }

  async function count(collection: CollectionName): Promise<CollectionDigest> {
    const table = tableOf(context.tables, collection)
    let sum = EMPTY_DIGEST
    let last = ''
    while (!closed) {
      const page = await table.find({ selector: { id: { $gt: last } }, sort: [{ id: 'asc' }], limit: PAGE })
      for (const { sent } of page) if (sent !== '') sum = addToDigest(sum, sent)
      if (page.length < PAGE) break
      last = page.at(-1)?.id ?? ''
      await sleep(timer, 0)
    }
    return sum
  }

  const stored = await settings.get(KEY)
  await settings.set(KEY, null)
  // Walked when first asked for: while a first sync runs, everything would have to be walked again and again.
  let ready: Promise<void> | undefined
  if (isSums(stored)) {
    for (const collection of COLLECTIONS) sums.set(collection, stored[collection])
    whole = true
    ready = Promise.resolve()
  }

  return {
    async expect(collection) {
      ready ??= walk()
      await ready
      const aside = quarantined.items.filter(item => item.collection === collection)
      const here = await tableOf(context.tables, collection).get(aside.map(({ id }) => id))
      let sum = sums.get(collection) ?? EMPTY_DIGEST
      for (const { id, h } of aside) {
        const sent = here.get(id)?.sent ?? ''
        if (sent !== '') sum = removeFromDigest(sum, sent)
        sum = addToDigest(sum, h)
      }
      return sum
    },
    recount() {
      ready = (ready ?? Promise.resolve()).then(walk)
      return ready
    },
    async close() {
      closed = true
      await ready
      for (const subscription of subscriptions) subscription.unsubscribe()
      if (!whole) return
      const value = Object.fromEntries(COLLECTIONS.map(name => [name, { ...(sums.get(name) ?? EMPTY_DIGEST) }]))
      await settings.set(KEY, value)
    },
  }
}

function isSums(
  value: Value | undefined,
): value is { readonly [name in CollectionName]: { count: number; xor: string } } {
  return typeof value === 'object' && value !== null && COLLECTIONS.every(name => Object.hasOwn(value, name))
}
