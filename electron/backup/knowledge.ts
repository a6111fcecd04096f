/** What a check of the database needs to know of Farfield's documents. It runs in a thread, without RxDB and without keys. */
import { toState } from '../../core/database/states.ts'
import { searchText } from '../../core/database/states.ts'
import type { RecordDocument } from '../../core/database/documents.ts'
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
}

/** The collection `records` holds no other documents. */
function asRecord(document: object): RecordDocument {
  return document as RecordDocument
}
