/** What a check of the database needs to know of Farfield's documents. It runs in a thread, without RxDB and without keys. */
import type { AnyDocument, RecordDocument } from '../../core/database/documents.ts'
import { searchText, toAnyState, toState } from '../../core/database/states.ts'
import { gatherFiles } from '../../core/model/file-mentions.ts'
import { COLLECTIONS } from '../../core/model/protocol.ts'
import { gatherHashes } from '../../core/model/file-sweep.ts'
import { isRecordState } from '../../core/model/schema.ts'
import type { Knowledge } from '../storage/verify.ts'

export const KNOWLEDGE: Knowledge = {
  search: { records: document => searchText(asRecord(document)) },
  check: {
    records(document) {
      const record = asRecord(document)
      if (!isRecordState(toState(record))) return 'state'
      return record.open === record.versions.length ? undefined : 'open'
    },
  },
  references: [
    { from: 'records', to: 'types', read: document => [asRecord(document).type] },
    { from: 'history', to: 'records', read: document => [String(document['record'])] },
  ],
  files: Object.fromEntries(
    COLLECTIONS.map(name => [
      name,
      (document, found) => {
        const owner = name === 'records' ? asRecord(document).title : ''
        // What is local to the laptop names no file.
        const state = toAnyState(name, document as object as AnyDocument)
        gatherFiles(state, file => found({ hash: file.hash, name: file.name, owner }))
        // A hash in any text may mean a file too.
        const hashes = new Set<string>()
        gatherHashes(state, hashes)
        for (const hash of hashes) found({ hash })
      },
    ]),
  ),
}

/** The collection `records` holds no other documents. */
function asRecord(document: object): RecordDocument {
  return document as RecordDocument
}
