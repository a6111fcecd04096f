/**
 * One collection as Farfield uses it: reads and compare-and-set writes straight on RxDB's storage instance, without its
 * document cache. It knows nothing of records; it must never write without comparing the revision it has read.
 */
import { getChangedDocumentsSince, normalizeMangoQuery, prepareQuery } from 'rxdb/plugins/core'
import type { BulkWriteRow, MangoQuery, RxCollection, RxDocumentData } from 'rxdb/plugins/core'
import { map, type Observable } from 'rxjs'

export type Stored<D> = RxDocumentData<D>

export interface Change<D> {
  readonly id: string
  readonly before: Stored<D> | undefined
  /** undefined: removed entirely. */
  readonly after: Stored<D> | undefined
}

export interface Table<D extends { readonly id: string }> {
  readonly collection: RxCollection<D>
  get(ids: readonly string[]): Promise<Map<string, Stored<D>>>
  /** Answers the ids that were there already; those are left alone. */
  insert(documents: readonly D[]): Promise<ReadonlySet<string>>
  /**
   * Reads, changes and writes each document, again and again until nobody else wrote in between. `change` answers what
   * to write, or null to leave the document alone; `before` runs with the accepted changes right before they are written.
   */
  change<C extends { readonly document: D }>(
    ids: readonly string[],
    change: (document: Stored<D>) => C | null,
    before?: (changes: readonly C[]) => Promise<void>,
  ): Promise<Map<string, C>>
  find(query: MangoQuery<D>): Promise<readonly Stored<D>[]>
  count(selector: NonNullable<MangoQuery<D>['selector']>): Promise<number>
  /** Every document, removed ones too, in pages in the order they were written last; one written meanwhile comes again. */
  pages(): AsyncGenerator<readonly Stored<D>[]>
  /** Takes documents away without a trace. */
  purge(ids: readonly string[]): Promise<void>
  /** Every write, local or replicated, in commit order. */
  readonly changes$: Observable<readonly Change<D>[]>
}

/** A write that the storage refused for another reason than a conflict: a bug or a full disk, never data to act on. */
export class WriteRefused extends Error {
  override readonly name = 'WriteRefused'
}

const INSERT = 'farfield-insert'
const CHANGE = 'farfield-change'
const PURGE = 'farfield-purge'
/** The storage keeps removed documents until it is cleaned up, and every index of RxDB's begins with this. */
const NOT_REMOVED = { _deleted: { $eq: false } }
const MAX_ATTEMPTS = 100
const PAGE = 200

export function createTable<D extends { readonly id: string }>(collection: RxCollection<D>): Table<D> {
  const instance = collection.storageInstance
  const schema = collection.schema.jsonSchema

  async function get(ids: readonly string[]): Promise<Map<string, Stored<D>>> {
    const found = new Map<string, Stored<D>>()
    if (ids.length === 0) return found
    for (const document of await instance.findDocumentsById([...ids], false)) found.set(document.id, document)
    return found
  }

  /** Answers the ids in conflict. */
  async function write(rows: BulkWriteRow<D>[], context: string): Promise<ReadonlySet<string>> {
    const conflicts = new Set<string>()
    if (rows.length === 0) return conflicts
    const { error } = await instance.bulkWrite(rows, context)
    for (const refused of error) {
      if (refused.status !== 409) throw new WriteRefused(`${collection.name}: status ${refused.status}`)
      conflicts.add(refused.documentId)
    }
    return conflicts
  }

  return {
    collection,
    get,
    insert: documents =>
      write(
        documents.map(document => ({ document: toStored(document, undefined) })),
        INSERT,
      ),
    async change(ids, change, before) {
      const done = new Map<string, NonNullable<ReturnType<typeof change>>>()
      let pending: readonly string[] = [...new Set(ids)]
      for (let attempt = 0; pending.length > 0; attempt += 1) {
        if (attempt === MAX_ATTEMPTS)
          throw new WriteRefused(`${collection.name}: gave up on ${pending.length} conflicts`)
        const current = await get(pending)
        const changes: NonNullable<ReturnType<typeof change>>[] = []
        const rows: BulkWriteRow<D>[] = []
        for (const [, document] of current) {
          const next = change(document)
          if (next === null) continue
          changes.push(next)
          rows.push({ previous: document, document: toStored(next.document, document) })
        }
        if (before !== undefined && changes.length > 0) await before(changes)
        const conflicts = await write(rows, CHANGE)
        for (const next of changes) if (!conflicts.has(next.document.id)) done.set(next.document.id, next)
        pending = [...conflicts]
      }
      return done
    },
    async find(query) {
      const selector = { ...query.selector, ...NOT_REMOVED } as NonNullable<MangoQuery<D>['selector']>
      const prepared = prepareQuery(schema, normalizeMangoQuery(schema, { ...query, selector }))
      return (await instance.query(prepared)).documents
    },
    async count(wanted) {
      const selector = { ...wanted, ...NOT_REMOVED } as NonNullable<MangoQuery<D>['selector']>
      const prepared = prepareQuery(schema, normalizeMangoQuery(schema, { selector }))
      return (await instance.count(prepared)).count
    },
    async *pages() {
      let checkpoint: unknown
      for (;;) {
        const page = await getChangedDocumentsSince<D, unknown>(instance, PAGE, checkpoint)
        if (page.documents.length === 0) return
        yield page.documents
        checkpoint = page.checkpoint
      }
    },
    async purge(ids) {
      let pending: readonly string[] = ids
      while (pending.length > 0) {
        const current = await get(pending)
        const rows = [...current.values()].map(previous => ({
          previous,
          document: { ...toStored(previous, previous), _deleted: true },
        }))
        pending = [...(await write(rows, PURGE))]
      }
      // The storage forgets the contents only now.
      while (!(await instance.cleanup(0)));
    },
    changes$: instance.changeStream().pipe(
      map(bulk =>
        bulk.events.map(event => ({
          id: event.documentId,
          before: event.operation === 'INSERT' ? undefined : event.previousDocumentData,
          after: event.operation === 'DELETE' ? undefined : event.documentData,
        })),
      ),
    ),
  }
}

/** RxDB fills in revision and time itself; these are only what its types and schema ask for. */
function toStored<D>(document: D, previous: Stored<D> | undefined): Stored<D> {
  const own = { _deleted: false, _attachments: {}, _meta: previous?._meta ?? { lwt: 1 }, _rev: previous?._rev ?? '1-x' }
  return Object.assign({}, document, own) as Stored<D>
}
