/**
 * What the page may send, strictly: unknown keys, wrong types and anything over the bounds are refused before a handler
 * sees them. The compiler checks each schema against core/model/api (the other way round in the test), so that the two cannot drift apart.
 */
import * as v from 'valibot'
import {
  BOUNDS,
  FILE_BYTES,
  type CallInput,
  type CallName,
  type FeedInput,
  type FeedName,
} from '../../core/model/api.ts'
import { KEEPING_DAYS } from '../../core/model/history-keeping.ts'
import type { FieldKind, Policy } from '../../core/model/record-type.ts'
import type { Value } from '../../core/model/record.ts'

const ID_LENGTH = 64
const NAME_LENGTH = 200
const VALUE_DEPTH = 8
const FIELDS_PER_TYPE = 500
const IMPORT_COLUMNS = 2000
/** More than any disk of a laptop has room for. */
const WHOLE_COPY_BYTES = 1e14

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(ID_LENGTH), v.regex(/^[\w$:.-]+$/))
const stamp = v.pipe(v.string(), v.minLength(1), v.maxLength(120))
const name = v.pipe(v.string(), v.maxLength(NAME_LENGTH))
const time = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8.64e15))
const index = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1e9))

/** Any JSON of a bounded size and depth; the field's kind judges it later. */
const value = v.custom<Value>(input => measureValue(input, VALUE_DEPTH) <= BOUNDS.cellTextBytes)
const cells = v.pipe(
  v.record(id, value),
  v.check(all => Object.keys(all).length <= FIELDS_PER_TYPE),
)
const ids = v.pipe(v.array(id), v.minLength(1), v.maxLength(BOUNDS.idsPerCall))

const keepingDays = v.picklist(KEEPING_DAYS)
const searchText = v.pipe(v.string(), v.maxLength(1000))
const view = v.strictObject({
  type: v.nullable(id),
  text: searchText,
  sort: v.strictObject({ field: id, descending: v.boolean() }),
  deleted: v.boolean(),
  open: v.boolean(),
})
const choice = v.variant('kind', [
  v.strictObject({ kind: v.literal('shown') }),
  v.strictObject({ kind: v.literal('version'), stamp }),
  v.strictObject({ kind: v.literal('before'), stamp }),
  v.strictObject({ kind: v.literal('value'), value }),
])
const version = v.strictObject({ field: id, value, stamp, before: v.exactOptional(value) })
const undo = v.variant('kind', [
  v.strictObject({
    kind: v.literal('cells'),
    cells: v.pipe(
      v.array(v.strictObject({ record: id, field: id, value, made: stamp })),
      v.maxLength(BOUNDS.idsPerCall * 10),
    ),
  }),
  v.strictObject({
    kind: v.literal('settle'),
    record: id,
    field: id,
    made: stamp,
    value,
    versions: v.pipe(v.array(version), v.maxLength(100)),
  }),
])
/** A kind or a policy; types travel between versions of the app, and what this one does not know has to come back (M10). */
const isWord = (input: unknown): boolean => typeof input === 'string' && /^[A-Za-z]{1,40}$/.test(input)
const knownField = {
  id,
  kind: v.custom<FieldKind>(isWord),
  policy: v.exactOptional(v.custom<Policy>(isWord)),
  label: name,
  required: v.exactOptional(v.boolean()),
  unit: v.exactOptional(name),
  decimals: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(9))),
  choices: v.exactOptional(v.pipe(v.array(v.strictObject({ id, label: name })), v.maxLength(1000))),
  target: v.exactOptional(id),
}
const field = v.objectWithRest(knownField, value)
const recordType = v.strictObject({
  id,
  name,
  icon: v.pipe(v.string(), v.maxLength(60)),
  fields: v.pipe(v.array(field), v.maxLength(FIELDS_PER_TYPE)),
})
const mode = v.picklist(['none', 'small', 'full'])
const minute = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1439))
const policy = v.strictObject({
  metered: mode,
  unknown: mode,
  battery: mode,
  batteryMin: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(100)),
  saver: mode,
  quietHours: v.nullable(v.strictObject({ from: minute, to: minute })),
  quiet: mode,
  dailyBudget: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 40)),
  networks: v.record(v.pipe(v.string(), v.maxLength(200)), v.picklist(['metered', 'unmetered'])),
})
const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
const fileName = v.pipe(v.string(), v.minLength(1), v.maxLength(1000))
const settingKey = v.pipe(v.string(), v.regex(/^page\.[\w.-]{1,80}$/))

export const CALL_SCHEMAS = {
  'app.describe': v.null(),
  'device.name': v.strictObject({ name: v.pipe(v.string(), v.minLength(1), v.maxLength(NAME_LENGTH)) }),
  'types.save': v.strictObject({ type: recordType }),
  'types.delete': v.strictObject({ type: id }),
  'records.create': v.strictObject({ type: id, cells }),
  'records.edit': v.strictObject({
    cells: v.pipe(
      v.array(v.strictObject({ record: id, field: id, value, seen: v.exactOptional(value) })),
      v.minLength(1),
      v.maxLength(BOUNDS.idsPerCall),
    ),
  }),
  'records.duplicate': v.strictObject({ ids }),
  'records.delete': v.strictObject({ ids }),
  'records.restore': v.strictObject({ ids }),
  'records.samples': v.strictObject({ type: id }),
  'records.position': v.strictObject({ view, id }),
  'conflicts.settle': v.strictObject({ record: id, field: id, choice }),
  undo: v.strictObject({ undo }),
  'search.rebuild': v.null(),
  'import.begin': v.strictObject({
    fileName: v.pipe(v.string(), v.maxLength(1000)),
    fileBytes: v.pipe(v.number(), v.integer(), v.minValue(0)),
    encoding: v.picklist(['utf-8', 'utf-16le', 'utf-16be', 'windows-1252']),
    delimiter: v.picklist([',', ';', '\t', '|']),
    type: id,
    mapping: v.pipe(v.array(v.nullable(id)), v.maxLength(IMPORT_COLUMNS)),
  }),
  'import.cancel': v.strictObject({ job: id }),
  'export.csv': v.strictObject({ view, ids: v.nullable(ids) }),
  'export.workspace': v.null(),
  'export.cancel': v.strictObject({ job: id }),
  'export.show': v.strictObject({ job: id }),
  'archive.begin': v.strictObject({
    fileName: v.pipe(v.string(), v.maxLength(1000)),
    fileBytes: v.pipe(v.number(), v.integer(), v.minValue(0)),
  }),
  'archive.cancel': v.strictObject({ job: id }),
  'files.begin': v.strictObject({
    record: id,
    field: id,
    name: fileName,
    bytes: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(FILE_BYTES)),
    type: v.pipe(v.string(), v.maxLength(200)),
  }),
  'files.cancel': v.strictObject({ job: id }),
  'files.remove': v.strictObject({ record: id, field: id, hash }),
  'files.fetch': v.strictObject({ hash, anyway: v.boolean() }),
  'files.save': v.strictObject({ hash, name: fileName }),
  'sync.pair': v.strictObject({ code: v.pipe(v.string(), v.maxLength(2000)) }),
  'sync.leave': v.null(),
  'sync.once': v.null(),
  'sync.pause': v.strictObject({ until: v.nullable(time) }),
  'sync.resume': v.null(),
  'sync.treatNetwork': v.strictObject({ as: v.picklist(['metered', 'unmetered', 'detect']) }),
  'sync.policy': v.null(),
  'sync.setPolicy': v.strictObject({ policy }),
  'sync.retryHeld': v.null(),
  'storage.look': v.null(),
  'storage.backUp': v.null(),
  'storage.verify': v.null(),
  'storage.compact': v.null(),
  'storage.cancel': v.null(),
  'storage.restore': v.strictObject({ file: v.pipe(v.string(), v.maxLength(120), v.regex(/^workspace-[\w.-]+\.db$/)) }),
  'storage.saveCopy': v.null(),
  'storage.restoreCopy': v.strictObject({
    bytes: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(WHOLE_COPY_BYTES)),
  }),
  'storage.rescue': v.null(),
  'storage.dismiss': v.null(),
  'history.keeping': v.null(),
  'history.countPast': v.strictObject({ days: keepingDays }),
  'history.keep': v.strictObject({ days: v.nullable(keepingDays) }),
  'settings.get': v.strictObject({ key: settingKey }),
  'settings.set': v.strictObject({ key: settingKey, value }),
} satisfies { readonly [N in CallName]: v.GenericSchema<unknown, CallInput<N>> }

export const FEED_SCHEMAS = {
  types: v.null(),
  counts: v.null(),
  window: v.pipe(
    v.strictObject({ view, from: index, to: index }),
    v.check(({ from, to }) => to >= from && to - from <= BOUNDS.windowRows),
  ),
  record: v.strictObject({ id }),
  history: v.pipe(
    v.strictObject({ id, field: v.nullable(id), from: index, to: index }),
    v.check(({ from, to }) => to >= from && to - from <= BOUNDS.windowRows),
  ),
  search: v.strictObject({ text: searchText }),
  searchIndex: v.null(),
  clashes: v.null(),
  sync: v.null(),
  activity: v.null(),
  storage: v.null(),
  import: v.strictObject({ job: id }),
  export: v.strictObject({ job: id }),
  archive: v.strictObject({ job: id }),
  fileCopy: v.strictObject({ job: id }),
  filePlaces: v.strictObject({ hashes: v.pipe(v.array(hash), v.maxLength(BOUNDS.hashesPerCall)) }),
} satisfies { readonly [N in FeedName]: v.GenericSchema<unknown, FeedInput<N>> }

/** Bytes of all text in a JSON value; Infinity for what is not JSON, too deep, or has a key that is a trap. */
function measureValue(input: unknown, depth: number): number {
  if (input === null || typeof input === 'boolean') return 1
  if (typeof input === 'number') return Number.isFinite(input) ? 1 : Infinity
  if (typeof input === 'string') return Buffer.byteLength(input)
  if (typeof input !== 'object' || depth === 0) return Infinity
  if (Array.isArray(input)) return input.reduce<number>((sum, item) => sum + 1 + measureValue(item, depth - 1), 1)
  const prototype: unknown = Object.getPrototypeOf(input)
  if (prototype !== Object.prototype && prototype !== null) return Infinity
  let size = 1
  for (const [key, item] of Object.entries(input)) {
    if (key === '__proto__') return Infinity
    size += Buffer.byteLength(key) + measureValue(item, depth - 1)
  }
  return size
}
