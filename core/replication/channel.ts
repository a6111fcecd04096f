/**
 * One collection's conversation with the provider: taking in, offering, and what to do when the two disagree. It never
 * throws for one document (rule P3): what does not fit is quarantined or parked, and everything else goes on.
 */
import type { AnyDocument, RecordDocument, StateDocument } from '../database/documents.ts'
import { keepHistory } from '../database/context.ts'
import { sameState } from '../database/states.ts'
import type { Table } from '../database/table.ts'
import type { Workspace } from '../database/workspace.ts'
import type { Failure } from '../model/failure.ts'
import { type Checkpoint, type CollectionName, LIMITS, type PushAnswer, type PushRow } from '../model/protocol.ts'
import type { WireDocument } from '../model/protocol.ts'
import { utf8Bytes } from '../model/sizes.ts'
import { type Acknowledgements, createAcknowledgements } from './acknowledgements.ts'
import { type Content, createContent, type Hash } from './content.ts'
import { createOverwritten, type Overwritten } from './overwritten.ts'
import { findBase, isBehind, refineBase } from './lineage.ts'
import type { ItemList, Listed } from './lists.ts'
import type { Provider } from './provider.ts'
import { tableOf } from './tables.ts'
import type { WrittenSequences } from './written-sequences.ts'
import type { Timer } from './timer.ts'

/** The way to the provider failed; nothing is wrong with any document. The only thing a handler may throw. */
export class WayFailed extends Error {
  override readonly name = 'WayFailed'
  constructor(readonly failure: Failure) {
    super(failure.code)
  }
}

/** A document on its way out, and what the writer believes the provider holds. */
export interface Offer {
  readonly document: AnyDocument
  readonly base: string | null
}

interface Outgoing {
  readonly offer: Offer
  readonly row: PushRow
}

/** The provider holds something else. */
export interface Conflict {
  readonly document: AnyDocument
  readonly current: AnyDocument
}

export interface Channel {
  readonly collection: CollectionName
  readonly table: Table<AnyDocument>
  readonly content: Content
  readonly acknowledgements: Acknowledgements
  readonly overwritten: Overwritten
  /** The next page, full until the source is exhausted (rule P2). */
  pull(
    checkpoint: Checkpoint | null,
    rows: number,
  ): Promise<{ documents: AnyDocument[]; checkpoint: Checkpoint | null }>
  /** Sends; answers only the conflicts. What is accepted is acknowledged, what is refused is parked. */
  push(offers: readonly Offer[]): Promise<readonly Conflict[]>
  /**
   * Two states become one; what that replaces is in history before this resolves. `noted`, what the provider is remembered
   * to have held, counts as the base only while it is what `ours` was made from: not after a repair, and not when the
   * provider has gone back behind it. Then history tells. Total.
   */
  uniteFrom(noted: AnyDocument | undefined, ours: AnyDocument, theirs: AnyDocument): Promise<AnyDocument>
  /** Merges what the provider holds into what is stored here, whatever either has been through. */
  absorb(theirs: AnyDocument): Promise<void>
  /** Offers everything that still counts as unsent, outside RxDB's own bookkeeping (which can lose track, sync.md 3 and 6). */
  offerUnsent(): Promise<void>
  /** Compares everything with the provider, document by document, and repairs both sides (rule P7). */
  reconcile(): Promise<void>
}

export interface ChannelDeps {
  readonly workspace: Workspace
  readonly provider: Provider
  readonly hash: Hash
  readonly timer: Timer
  readonly now: () => number
  readonly parked: ItemList
  readonly quarantined: ItemList
  /** Aborted when everything has to end at once. */
  readonly signal: () => AbortSignal
  /** Sequence numbers this device wrote itself, in any collection: nothing of them has to be fetched back. */
  readonly written: WrittenSequences
  /** What RxDB remembers the provider to have held; nothing while it does not run. */
  readonly noted: (collection: CollectionName, ids: readonly string[]) => Promise<ReadonlyMap<string, AnyDocument>>
  readonly sent: (documents: number) => void
  readonly received: (documents: number) => void
}

/** Rule S4: a request of text that is on its way when permission drops may end if it is no larger than this. */
const REQUEST_BYTES = 256 * 1024
const REQUEST_ROWS = LIMITS.pushRows
/** Two hashes, the id and punctuation around each body. */
const ENVELOPE = 250
const MAX_ROUNDS = 5
const PAGE = 500

export function createChannel(collection: CollectionName, deps: ChannelDeps): Channel {
  const { workspace, provider, parked, quarantined } = deps
  const { tables, report } = workspace.context
  const table = tableOf(tables, collection)
  const content = createContent(collection, workspace.context, deps.hash)
  const acknowledgements = createAcknowledgements(collection, workspace, deps.timer)
  const overwritten = createOverwritten(tables, table as unknown as Parameters<typeof createOverwritten>[1])
  /** Documents about which this device and the provider have disagreed since the app began. */
  const contested = new Set<string>()

  function listed(id: string, reason: string, h: string, trueBase = ''): Listed {
    return { collection, id, reason, at: deps.now(), h, trueBase }
  }

  /** Takes in what fits, sets the rest aside. */
  async function takeAll(wires: readonly WireDocument[]): Promise<AnyDocument[]> {
    const documents: AnyDocument[] = []
    const refused: Listed[] = []
    for (const wire of wires) {
      const taken = content.take(wire)
      if (taken.ok) documents.push(taken.document)
      else refused.push(listed(wire.id, taken.reason, wire.h))
    }
    await quarantined.add(refused)
    if (quarantined.items.length > 0)
      await quarantined.remove(
        collection,
        documents.map(({ id }) => id),
      )
    return documents
  }

  async function fetch(checkpoint: Checkpoint | null, rows: number) {
    const page = await provider.pull(collection, checkpoint, rows, deps.signal())
    if (!page.ok) throw new WayFailed(page.failure)
    return page.value
  }

  /**
   * What RxDB must not simply write over the stored document: a state that goes back behind it, which only a provider
   * restored from an old copy can hold. What is equal is acknowledged, since RxDB keeps no note of that.
   */
  async function settleKnown(documents: readonly AnyDocument[]): Promise<AnyDocument[]> {
    const stored = await table.get(documents.map(({ id }) => id))
    if (stored.size === 0) return [...documents]
    // What waits here is safe from RxDB only while RxDB knows that it does. It does not where a merge has made what waits
    // equal to what the provider once held.
    const waiting = [...stored.values()].filter(({ unsent }) => unsent === 1).map(({ id }) => id)
    const held = await deps.noted(collection, waiting)
    const goesBack = (here: AnyDocument, document: AnyDocument): boolean => {
      const last = here.unsent === 0 ? here : held.get(here.id)
      return last !== undefined && 'cells' in last && 'cells' in document && isBehind(document, last)
    }
    const fresh: AnyDocument[] = []
    for (const document of documents) {
      const here = stored.get(document.id)
      if (here !== undefined && here.sent !== document.sent && goesBack(here, document)) await absorb(document)
      else if (here?.unsent !== 1 || here.sent !== document.sent) {
        fresh.push(document)
        if (here?.unsent === 0 && 'cells' in here && 'cells' in document) await overwritten.note(here, document)
      }
      if (here === undefined) continue
      const noted = here.sent === document.sent && here.unsent === 0
      if (!noted && sameState(collection, here, document)) acknowledgements.add(document, document.sent)
    }
    return fresh
  }

  async function push(offers: readonly Offer[], round = 0): Promise<readonly Conflict[]> {
    const conflicts: Conflict[] = []
    const again: Offer[] = []
    for (const batch of batches(offers)) {
      const answered = await provider.push(
        collection,
        batch.map(({ row }) => row),
        deps.signal(),
      )
      if (!answered.ok) throw new WayFailed(answered.failure)
      const wires = answered.value.answers.flatMap(each =>
        each.result === 'conflict' && each.current ? [each.current] : [],
      )
      const current = new Map((await takeAll(wires)).map(document => [document.id, document]))
      const refused: Listed[] = []
      let accepted = 0
      for (const [index, { offer, row }] of batch.entries()) {
        const answer: PushAnswer | undefined = answered.value.answers[index]
        if (answer === undefined) continue
        if (answer.result === 'conflict') {
          contested.add(row.id)
          if (answer.current === null) {
            // It has lost what it had; ours is all there is.
            again.push({ document: offer.document, base: null })
          } else if (answer.current.h === offer.document.sent && row.base !== answer.current.h) {
            // This state was made from what the provider holds; only the believed base was stale.
            again.push({ document: offer.document, base: answer.current.h })
          } else {
            const theirs = current.get(row.id)
            if (theirs === undefined) refused.push(listed(row.id, 'currentUnreadable', row.h, answer.current.h))
            else conflicts.push({ document: offer.document, current: theirs })
          }
        } else if (answer.result === 'rejected') {
          refused.push(listed(row.id, answer.code, row.h, row.base ?? ''))
        } else {
          acknowledgements.add(offer.document, row.h)
          // A contested document is fetched back all the same: a page from before this push may still be on its way into
          // RxDB, which would write it over what was just sent. The echo behind it puts that right.
          if (answer.result === 'ok' && !contested.has(row.id)) deps.written.add(answered.value.epoch, answer.seq)
          if (parked.get(collection, row.id) !== undefined) await parked.remove(collection, [row.id])
          accepted += 1
        }
      }
      await parked.add(refused)
      deps.sent(accepted)
    }
    if (again.length === 0) return conflicts
    if (round < MAX_ROUNDS) return [...conflicts, ...(await push(again, round + 1))]
    throw new WayFailed({ code: 'hubNonsense', detail: 'push: base' })
  }

  /** As many rows as fit one request; a document larger than any request goes alone, and is refused and parked. */
  function batches(offers: readonly Offer[]): readonly (readonly Outgoing[])[] {
    const all: Outgoing[][] = []
    let bytes = 0
    for (const offer of offers) {
      const { h, text } = content.describe(offer.document)
      const row = { id: offer.document.id, h, body: content.bodyOf(offer.document), base: offer.base }
      const size = utf8Bytes(text) + ENVELOPE
      const last = all.at(-1)
      if (last !== undefined && bytes + size <= REQUEST_BYTES && last.length < REQUEST_ROWS) last.push({ offer, row })
      else {
        all.push([{ offer, row }])
        bytes = 0
      }
      bytes += size
    }
    return all
  }

  async function unite(base: AnyDocument | undefined, ours: AnyDocument, theirs: AnyDocument): Promise<AnyDocument> {
    const shared =
      base !== undefined && 'cells' in base && 'cells' in ours && 'cells' in theirs
        ? await refineBase(tables, base, ours, theirs)
        : base
    const { document, replaced } = content.merge(shared, ours, theirs, { unsent: 1, sent: theirs.sent })
    await keepHistory(tables, replaced)
    return sameState(collection, document, theirs) ? { ...document, unsent: 0 } : document
  }

  async function uniteFrom(
    noted: AnyDocument | undefined,
    ours: AnyDocument,
    theirs: AnyDocument,
  ): Promise<AnyDocument> {
    const united = await uniteWith(noted, ours, theirs)
    if ('cells' in ours && 'cells' in united) await overwritten.note(ours, united)
    return united
  }

  async function uniteWith(
    noted: AnyDocument | undefined,
    ours: AnyDocument,
    theirs: AnyDocument,
  ): Promise<AnyDocument> {
    const isBase = noted !== undefined && content.hashOf(noted) === ours.sent
    if (isBase && !('cells' in noted && 'cells' in theirs && isBehind(theirs, noted))) return unite(noted, ours, theirs)
    const known = 'cells' in ours && 'cells' in theirs
    const base = known ? await findBase<RecordDocument | StateDocument>(tables, ours, theirs) : undefined
    return unite(base, ours, theirs)
  }

  async function absorb(theirs: AnyDocument): Promise<void> {
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const here = (await table.get([theirs.id])).get(theirs.id)
      if (here === undefined) {
        if ((await table.insert([theirs])).size === 0) return
        continue
      }
      const noted = parked.get(collection, here.id) === undefined ? await deps.noted(collection, [here.id]) : undefined
      const united = await uniteFrom(noted?.get(here.id), here, theirs)
      const written = await table.change([theirs.id], stored =>
        stored._rev === here._rev ? { document: united } : null,
      )
      if (written.size > 0) return
    }
    report(new Error(`${collection}: a document changes faster than it can be merged`))
  }

  async function offerUnsent(): Promise<void> {
    await acknowledgements.flush()
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      let conflicts = 0
      let last = ''
      for (;;) {
        const page = await table.find({
          selector: { unsent: 1, id: { $gt: last } },
          sort: [{ id: 'asc' }],
          limit: PAGE,
        })
        const offers = page.flatMap((document): Offer[] => {
          const aside = parked.get(collection, document.id)
          if (aside === undefined) return [{ document, base: document.sent === '' ? null : document.sent }]
          // Parked: offered again only when it has been edited, and from its true base.
          const edited = aside.h !== content.hashOf(document)
          return edited ? [{ document, base: aside.trueBase === '' ? null : aside.trueBase }] : []
        })
        const disputed = await push(offers)
        for (const { current } of disputed) await absorb(current)
        conflicts += disputed.length
        last = page.at(-1)?.id ?? ''
        if (page.length < PAGE) break
      }
      await acknowledgements.flush()
      if (conflicts === 0) return
    }
  }

  async function reconcile(): Promise<void> {
    const held = new Set<string>()
    let checkpoint: Checkpoint | null = null
    for (;;) {
      const page: Awaited<ReturnType<typeof fetch>> = await fetch(checkpoint, LIMITS.pageRows)
      for (const { id } of page.documents) held.add(id)
      const documents = await takeAll(page.documents)
      const stored = await table.get(documents.map(({ id }) => id))
      const missing: AnyDocument[] = []
      for (const document of documents) {
        const here = stored.get(document.id)
        if (here === undefined) missing.push(document)
        else if (content.hashOf(here) !== document.sent) await absorb(document)
        else if (here.sent !== document.sent || here.unsent === 1) acknowledgements.add(here, document.sent)
      }
      for (const { id } of missing.length === 0 ? [] : await insertAll(missing)) held.add(id)
      deps.received(documents.length)
      checkpoint = page.checkpoint
      if (!page.more) break
    }
    await acknowledgements.flush()
    await forgetLost(held)
    await offerUnsent()
  }

  /** Answers what could not be inserted because it is here by now. */
  async function insertAll(documents: readonly AnyDocument[]): Promise<readonly AnyDocument[]> {
    const there = await table.insert(documents)
    const late = documents.filter(({ id }) => there.has(id))
    for (const document of late) await absorb(document)
    return late
  }

  /** What the provider was believed to hold and does not: offered again as if new. */
  async function forgetLost(held: ReadonlySet<string>): Promise<void> {
    let last = ''
    for (;;) {
      const page = await table.find({ selector: { id: { $gt: last } }, sort: [{ id: 'asc' }], limit: PAGE })
      const lost = page.filter(({ id, sent }) => sent !== '' && !held.has(id)).map(({ id }) => id)
      await table.change(lost, stored => ({ document: { ...stored, sent: '', unsent: 1 } }))
      if (page.length < PAGE) return
      last = page.at(-1)?.id ?? ''
    }
  }

  return {
    collection,
    table,
    content,
    acknowledgements,
    overwritten,
    async pull(checkpoint, rows) {
      const documents: AnyDocument[] = []
      let next = checkpoint
      for (;;) {
        next = deps.written.skip(collection, next)
        const page = await fetch(next, rows)
        documents.push(...(await settleKnown(await takeAll(page.documents))))
        next = page.checkpoint
        deps.written.reached(collection, next)
        deps.received(page.documents.length)
        if (!page.more || documents.length >= rows) return { documents, checkpoint: next }
      }
    },
    push,
    uniteFrom,
    absorb,
    offerUnsent,
    reconcile,
  }
}
