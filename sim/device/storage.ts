/**
 * An RxStorage over a simulated disk: the same contract as the laptops' SQLite storage (checkpoints are a sequence, never
 * a clock; a write is told once, after it is on the disk, in commit order). It asks `gate` before everything it does.
 */
import {
  categorizeBulkWriteRows,
  getQueryMatcher,
  getSortComparator,
  RXDB_VERSION,
  type BulkWriteRow,
  type EventBulk,
  type RxDocumentData,
  type RxStorage,
  type RxStorageChangeEvent,
  type RxStorageInstance,
  type RxStorageInstanceCreationParams,
} from 'rxdb/plugins/core'
import { Subject } from 'rxjs'
import type { Disk, StoredDocument } from '../world/disk.ts'

export interface Gate {
  /** Resolves when the disk has come round to it; never, once the program has been cut off. */
  pass(kind: 'read' | 'write'): Promise<void>
  /** False from the moment on at which the program was cut off: this write is not made any more. */
  mayWrite(): boolean
}

interface Checkpoint {
  readonly seq: number
}

type Document = RxDocumentData<StoredDocument & { id: string }>
type Changes = EventBulk<RxStorageChangeEvent<Document>, Checkpoint>

export function createDiskStorage(disk: Disk, gate: Gate): RxStorage<unknown, unknown> {
  const channels = new Map<string, Channel>()
  const never = new Promise<never>(() => undefined)

  function channelOf(name: string): Channel {
    const known = channels.get(name) ?? createChannel()
    channels.set(name, known)
    return known
  }

  function open(
    params: RxStorageInstanceCreationParams<Document, unknown>,
  ): RxStorageInstance<Document, unknown, unknown, Checkpoint> {
    const { collectionName, databaseName, schema } = params
    const name = `${collectionName}@${schema.version}`
    const primaryPath = typeof schema.primaryKey === 'string' ? schema.primaryKey : schema.primaryKey.key
    const channel = channelOf(name)
    const changes = channel.join()
    const rows = () => disk.table(name).rows
    let closed = false

    function select(prepared: Parameters<RxStorageInstance<Document, unknown, unknown>['query']>[0]): Document[] {
      const { query } = prepared
      const matches = getQueryMatcher(schema, query)
      const found = [...rows().values()].map(({ document }) => document as unknown as Document).filter(matches)
      found.sort(getSortComparator(schema, query))
      const from = query.skip ?? 0
      return found.slice(from, query.limit === undefined ? undefined : from + query.limit)
    }

    function write(batch: BulkWriteRow<Document>[], context: string) {
      const stored = new Map<string, Document>()
      for (const { document } of batch) {
        const id = idOf(document)
        const row = rows().get(id)
        if (row !== undefined) stored.set(id, row.document as unknown as Document)
      }
      const result = categorizeBulkWriteRows<Document>(instance, primaryPath, stored, batch, context)
      const written = [...result.bulkInsertDocs, ...result.bulkUpdateDocs].map(({ document }) => document)
      if (written.length > 0) {
        if (!gate.mayWrite()) return undefined
        disk.commit(name, new Map(written.map(document => [idOf(document), document as unknown as StoredDocument])))
      }
      const { eventBulk } = result
      if (eventBulk.events.length > 0) {
        eventBulk.checkpoint = { seq: disk.table(name).lastSeq }
        channel.tell(eventBulk as Changes)
      }
      return { error: result.errors }
    }

    function idOf(document: Document): string {
      return String((document as unknown as Record<string, unknown>)[primaryPath])
    }

    const instance: RxStorageInstance<Document, unknown, unknown, Checkpoint> = {
      databaseName,
      collectionName,
      schema,
      options: {},
      internals: {},
      async bulkWrite(batch, context) {
        await gate.pass('write')
        return write(batch, context) ?? never
      },
      async findDocumentsById(ids, withDeleted) {
        await gate.pass('read')
        const found = ids.flatMap(id => (rows().get(id)?.document as unknown as Document | undefined) ?? [])
        return withDeleted ? found : found.filter(document => !document._deleted)
      },
      async query(prepared) {
        await gate.pass('read')
        return { documents: select(prepared) }
      },
      async count(prepared) {
        await gate.pass('read')
        return { count: select(prepared).length, mode: 'fast' }
      },
      async getChangedDocumentsSince(limit, checkpoint) {
        await gate.pass('read')
        const since = checkpoint?.seq ?? 0
        const newer = [...rows().values()].filter(({ seq }) => seq > since).sort((a, b) => a.seq - b.seq)
        const page = newer.slice(0, limit)
        return {
          documents: page.map(({ document }) => document as unknown as Document),
          checkpoint: { seq: page.at(-1)?.seq ?? since },
        }
      },
      getAttachmentData: () => Promise.reject(new Error('no attachments here')),
      changeStream: () => changes.asObservable(),
      async cleanup() {
        for (const [id, { document }] of rows()) if (document['_deleted'] === true) rows().delete(id)
        return true
      },
      async close() {
        if (closed) return
        closed = true
        channel.leave(changes)
      },
      async remove() {
        disk.drop(name)
        await instance.close()
      },
    }
    return instance
  }

  return {
    name: 'simulated-disk',
    rxdbVersion: RXDB_VERSION,
    createStorageInstance: async params => {
      await gate.pass('read')
      return open(params as never) as never
    },
  }
}

interface Channel {
  join(): Subject<Changes>
  leave(listener: Subject<Changes>): void
  tell(changes: Changes): void
}

/** A listener that writes while it is being told gets its own write told after the present one, to everybody. */
function createChannel(): Channel {
  const listeners = new Set<Subject<Changes>>()
  const waiting: Changes[] = []
  let telling = false
  return {
    join() {
      const listener = new Subject<Changes>()
      listeners.add(listener)
      return listener
    },
    leave(listener) {
      listeners.delete(listener)
      listener.complete()
    },
    tell(changes) {
      waiting.push(changes)
      if (telling) return
      telling = true
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        for (const listener of [...listeners]) listener.next(next)
      telling = false
    },
  }
}
