/**
 * Storages with one fault each, made of a good one, and the case of the contract that must catch it. Each fault is one that
 * a storage has really had somewhere, or could have without anybody noticing for a long time.
 */
import type { FilledMangoQuery, PreparedQuery } from 'rxdb'
import { concatMap, delay, filter, map, of } from 'rxjs'
import type { AnyStorage, Bulk, Instance, Item, Stored } from './contract-case.suite.ts'

export interface Mutant {
  readonly fault: string
  /** Name of the case that fails. */
  readonly caughtBy: string
  mutate(good: Instance): Partial<Instance>
}

export function makeMutant(storage: AnyStorage, mutant: Mutant): AnyStorage {
  return {
    ...storage,
    async createStorageInstance<T>(params: Parameters<typeof storage.createStorageInstance<T>>[0]) {
      const good = await storage.createStorageInstance<T>(params)
      return { ...good, ...mutant.mutate(good as unknown as Instance) } as typeof good
    },
  }
}

function withQuery(prepared: PreparedQuery<Item>, over: Partial<FilledMangoQuery<Item>>): PreparedQuery<Item> {
  return { ...prepared, query: { ...prepared.query, ...over } }
}

function changeEvents(good: Instance, change: (bulk: Bulk) => Bulk): Partial<Instance> {
  return {
    changeStream: () =>
      good.changeStream().pipe(
        map(change),
        filter(bulk => bulk.events.length > 0),
      ),
  }
}

/** What stands first in the query's sort, as text. */
function firstValue(document: Stored, prepared: PreparedQuery<Item>): string {
  const value = document[Object.keys(prepared.query.sort[0] ?? {})[0] as keyof Stored]
  return value === undefined ? '' : JSON.stringify(value)
}

export const MUTANTS: readonly Mutant[] = [
  {
    fault: 'LIMIT off by one',
    caughtBy: 'skips and limits what is sorted, to nothing and beyond the end too',
    mutate: good => ({
      query: prepared => {
        const { limit } = prepared.query
        return good.query(limit === undefined ? prepared : withQuery(prepared, { limit: limit + 1 }))
      },
    }),
  },
  {
    fault: 'skip forgotten',
    caughtBy: 'skips and limits what is sorted, to nothing and beyond the end too',
    mutate: good => ({ query: prepared => good.query(withQuery(prepared, { skip: 0 })) }),
  },
  {
    fault: 'a missed delete event',
    caughtBy: 'tells every write once, before it resolves, in commit order, with its operation and context',
    mutate: good =>
      changeEvents(good, bulk => ({ ...bulk, events: bulk.events.filter(event => event.operation !== 'DELETE') })),
  },
  {
    fault: 'the event told after the write has resolved',
    caughtBy: 'tells every write once, before it resolves, in commit order, with its operation and context',
    mutate: good => ({ changeStream: () => good.changeStream().pipe(concatMap(bulk => of(bulk).pipe(delay(0)))) }),
  },
  {
    fault: 'events in the order of their ids',
    caughtBy: 'tells one bulk in the order of its rows, the refused ones left out',
    mutate: good =>
      changeEvents(good, bulk => ({
        ...bulk,
        events: bulk.events.toSorted((a, b) => (a.documentId < b.documentId ? -1 : 1)),
      })),
  },
  {
    fault: 'no previous document in events',
    caughtBy: 'tells with each change the document as it is and as it was',
    mutate: good =>
      changeEvents(good, bulk => ({
        ...bulk,
        events: bulk.events.map(event => ({ ...event, previousDocumentData: undefined })) as Bulk['events'],
      })),
  },
  {
    fault: 'wall-clock checkpoints',
    caughtBy: 'hides no change from replication when the clock is set back',
    // RxDB's own way where a storage has no getChangedDocumentsSince.
    mutate: () => ({ getChangedDocumentsSince: undefined }) as unknown as Partial<Instance>,
  },
  {
    fault: 'a checkpoint that is one too late',
    caughtBy: 'gives each change once by its checkpoints, the newest state of it, whatever the page size',
    mutate: good => ({
      getChangedDocumentsSince: async (limit, checkpoint) => {
        const page = await good.getChangedDocumentsSince?.(limit, checkpoint)
        if (!page) throw new Error('It has none')
        return page.documents.length < limit ? page : { ...page, documents: page.documents.slice(0, -1) }
      },
    }),
  },
  {
    fault: 'the change at the checkpoint given again',
    caughtBy: 'gives each change once by its checkpoints, the newest state of it, whatever the page size',
    mutate: good => ({
      getChangedDocumentsSince: (limit, checkpoint) => {
        if (!good.getChangedDocumentsSince) throw new Error('It has none')
        const seq = (checkpoint as { readonly seq?: number } | undefined)?.seq
        return good.getChangedDocumentsSince(limit, seq === undefined ? checkpoint : { seq: seq - 1 })
      },
    }),
  },
  {
    fault: 'a 409 with the revision only',
    caughtBy: 'refuses each conflicting row alone with a 409 that carries the full current document',
    mutate: good => ({
      bulkWrite: async (rows, context) => {
        const { error } = await good.bulkWrite(rows, context)
        for (const each of error)
          if (each.status === 409) each.documentInDb = { _rev: each.documentInDb._rev } as typeof each.documentInDb
        return { error }
      },
    }),
  },
  {
    fault: 'one conflict refuses the whole bulk',
    caughtBy: 'refuses each conflicting row alone with a 409 that carries the full current document',
    mutate: good => ({
      bulkWrite: async (rows, context) => {
        const stored = await good.findDocumentsById(
          rows.map(row => row.document.id),
          true,
        )
        const revisions = new Map(stored.map(document => [document.id, document._rev]))
        const conflicting = rows.filter(row => revisions.get(row.document.id) !== row.previous?._rev)
        return good.bulkWrite(conflicting.length > 0 ? conflicting : rows, context)
      },
    }),
  },
  {
    fault: 'a stale cache after an update',
    caughtBy: 'shows a change at once, by id and by query, however often it was read before',
    mutate: good => {
      const documentsById = new Map<string, Stored>()
      return {
        findDocumentsById: async (ids, withDeleted) => {
          for (const found of await good.findDocumentsById(ids, withDeleted))
            if (!documentsById.has(found.id)) documentsById.set(found.id, found)
          return ids.flatMap(id => documentsById.get(id) ?? [])
        },
      }
    },
  },
  {
    fault: 'sorting by UTF-8 bytes',
    caughtBy: 'sorts text by its UTF-16 units, indexed or not, and compares it so',
    mutate: good => ({
      query: async prepared => {
        const { documents } = await good.query(prepared)
        const way = Object.values(prepared.query.sort[0] ?? {})[0] === 'desc' ? -1 : 1
        const bytes = (document: Stored) => Buffer.from(firstValue(document, prepared))
        return { documents: documents.toSorted((a, b) => way * bytes(a).compare(bytes(b))) }
      },
    }),
  },
  {
    fault: 'missing values sorted last',
    caughtBy: 'sorts what is missing first, and last when descending',
    mutate: good => ({
      query: async prepared => {
        const { documents } = await good.query(prepared)
        const missing = (document: Stored) => Number(firstValue(document, prepared) === '')
        return { documents: documents.toSorted((a, b) => missing(a) - missing(b)) }
      },
    }),
  },
  {
    fault: 'tombstones shown in queries',
    caughtBy: 'finds tombstones only where they are asked for',
    mutate: good => ({
      query: prepared => {
        const selector: FilledMangoQuery<Item>['selector'] = { ...prepared.query.selector }
        delete (selector as { _deleted?: unknown })._deleted
        return good.query(withQuery(prepared, { selector }))
      },
    }),
  },
  {
    fault: 'true taken for 1',
    caughtBy: '$gt and $gte compare only values of one kind, on a path without an index',
    mutate: good => ({
      query: prepared => {
        const text = JSON.stringify(prepared.query.selector).replaceAll(':false', ':0')
        return good.query(withQuery(prepared, { selector: JSON.parse(text) as Record<string, never> }))
      },
    }),
  },
  {
    fault: 'a count that ignores the limit',
    caughtBy: 'counts with skip and limit as query does',
    mutate: good => ({
      count: prepared => {
        const { limit: _, ...query } = prepared.query
        return good.count({ ...prepared, query })
      },
    }),
  },
  {
    fault: 'an event for a document that arrives already deleted',
    caughtBy: 'tells nothing when a document arrives already deleted, and nothing when all rows are refused',
    mutate: good => ({
      bulkWrite: (rows, context) =>
        good.bulkWrite(
          rows.map(row => (row.previous ? row : { ...row, document: { ...row.document, _deleted: false } })),
          context,
        ),
    }),
  },
  {
    fault: 'an attachment given by its name alone',
    caughtBy: 'gives an attachment only by the digest that it has',
    mutate: good => ({
      getAttachmentData: async (id, name) => {
        const [document] = await good.findDocumentsById([id], true)
        return good.getAttachmentData(id, name, document?._attachments[name]?.digest ?? '')
      },
    }),
  },
  {
    fault: 'a cleanup that does not ask how old a tombstone is',
    caughtBy: 'purges tombstones older than asked, and nothing else',
    mutate: good => ({ cleanup: () => good.cleanup(-3_600_000) }),
  },
  {
    fault: 'remove() that works after close()',
    caughtBy: 'refuses remove() after close()',
    mutate: () => ({ remove: () => Promise.resolve() }),
  },
]
