/** A workspace's tables by collection name, for code that treats all collections alike. */
import type { Tables } from '../database/context.ts'
import type { AnyDocument } from '../database/documents.ts'
import type { Table } from '../database/table.ts'
import type { CollectionName } from '../model/protocol.ts'

export function tableOf(tables: Tables, collection: CollectionName): Table<AnyDocument> {
  // Safe as long as a caller gives back documents of the collection it asked for; content.ts makes no others.
  return tables[collection] as unknown as Table<AnyDocument>
}
