/** Where RxDB's own storages break the contract, and why that is no reason to change it. The SQLite storage is not in here. */
import { OPERATORS } from './contract-operators.suite.ts'
import type { Exceptions } from './storage-contract.suite.ts'

const LWT_CHECKPOINT = 'its checkpoint is _meta.lwt, the wall clock'
const ONE_STATE_PER_BULK = 'it looks at the stored documents once per bulk, and the last row wins'
const REFUSED_ROW_EVENT = 'RxDB makes an event of the refused row, which it trips over'

/** Its index strings are padded texts and numbers: a value of another kind throws. */
const onIndexesOfAnotherKind = OPERATORS.filter(each => each.name.endsWith('on an indexed path of another kind'))

export const MEMORY_EXCEPTIONS: Exceptions = {
  'meets the same document twice in one bulk one after the other': ONE_STATE_PER_BULK,
  'tells a write made by a listener after the write that it listens to':
    'one Subject, told in the order of the nesting',
  'hides no change from replication when the clock is set back': LWT_CHECKPOINT,
  'counts with skip and limit as query does': 'it counts without them; RxDB itself never asks',
  'tells nothing of a document that it refused for its attachment': REFUSED_ROW_EVENT,
  'refuses everything after close()': 'it refuses only remove(), and everything once removed',
  'finds what begins with the last of all characters': 'U+FFFF ends the ranges of its indexes',
  ...Object.fromEntries(onIndexesOfAnotherKind.map(({ name }) => [name, 'its index strings are made of one kind'])),
}

export const DEXIE_EXCEPTIONS: Exceptions = {
  'meets the same document twice in one bulk one after the other': ONE_STATE_PER_BULK,
  'hides no change from replication when the clock is set back': LWT_CHECKPOINT,
  'gives an attachment only by the digest that it has': 'it ignores the digest',
  'leaves attachments as they are when the write is refused':
    'it ignores the digest, and gives the old bytes for the new',
  'tells nothing of a document that it refused for its attachment': REFUSED_ROW_EVENT,
  'tells the changes of one instance to the others of its collection': 'only with multiInstance, by a BroadcastChannel',
  'keeps fields that are named like the properties of every object': 'it copies into plain objects and loses __proto__',
}
