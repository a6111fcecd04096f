import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { BOUNDS, type CallInput, type FeedInput, type View } from '../../core/model/api.ts'
import { callTable, feedTable, type CallHandlers, type FeedHandlers } from './handlers.ts'
import { CALL_SCHEMAS, FEED_SCHEMAS } from './schemas.ts'

const view: View = {
  type: null,
  text: '',
  sort: { field: '$updatedAt', descending: true },
  deleted: false,
  open: false,
}
const accepts = (schema: v.GenericSchema, input: unknown) => v.safeParse(schema, input).success

/** Without readonly, six levels down: values nest without end. */
type Plain<T, Depth extends 0[] = [0, 0, 0, 0, 0, 0]> = Depth extends [0, ...infer Rest extends 0[]]
  ? T extends object
    ? { -readonly [K in keyof T]: Plain<T[K], Rest> }
    : T
  : T
type CallsTaken = { [N in keyof typeof CALL_SCHEMAS]: Plain<v.InferOutput<(typeof CALL_SCHEMAS)[N]>> }
type CallsPromised = { [N in keyof typeof CALL_SCHEMAS]: Plain<CallInput<N>> }
type FeedsTaken = { [N in keyof typeof FEED_SCHEMAS]: Plain<v.InferOutput<(typeof FEED_SCHEMAS)[N]>> }
/** The names whose schema refuses something that the contract allows; true when there are none. */
type Agreed<Promised, Taken extends Record<keyof Promised, unknown>> = {
  [N in keyof Promised]: [Promised[N]] extends [Taken[N]] ? never : N
}[keyof Promised] extends infer Names
  ? [Names] extends [never]
    ? true
    : Names
  : never
type FeedsPromised = { [N in keyof typeof FEED_SCHEMAS]: Plain<FeedInput<N>> }

describe('input schemas', () => {
  it('let through all that the contract allows (checked by the compiler)', () => {
    const calls: Agreed<CallsPromised, CallsTaken> = true
    const feeds: Agreed<FeedsPromised, FeedsTaken> = true
    expect([calls, feeds]).toEqual([true, true])
    for (const schema of Object.values({ ...CALL_SCHEMAS, ...FEED_SCHEMAS }))
      expect(accepts(schema, undefined)).toBe(false)
  })

  it('refuse unknown keys', () => {
    expect(accepts(CALL_SCHEMAS['import.cancel'], { job: 'a' })).toBe(true)
    expect(accepts(CALL_SCHEMAS['import.cancel'], { job: 'a', more: 1 })).toBe(false)
    expect(accepts(FEED_SCHEMAS.window, { view: { ...view, x: 1 }, from: 0, to: 1 })).toBe(false)
  })

  it('bound windows, ids and text', () => {
    const window = (from: number, to: number) => accepts(FEED_SCHEMAS.window, { view, from, to })
    expect(window(138_000, 138_000 + BOUNDS.windowRows)).toBe(true)
    expect([
      window(0, BOUNDS.windowRows + 1),
      window(5, 4),
      window(-1, 4),
      window(0.5, 4),
      window(0, NaN),
    ]).not.toContain(true)
    const ids = (count: number) =>
      accepts(CALL_SCHEMAS['records.delete'], { ids: Array.from({ length: count }, () => 'id') })
    expect([ids(1), ids(BOUNDS.idsPerCall)]).toEqual([true, true])
    expect([ids(0), ids(BOUNDS.idsPerCall + 1)]).toEqual([false, false])
    const edit = (value: unknown) =>
      accepts(CALL_SCHEMAS['records.edit'], { cells: [{ record: 'r', field: 'f', value }] })
    expect(edit('x'.repeat(BOUNDS.cellTextBytes))).toBe(true)
    expect(edit('x'.repeat(BOUNDS.cellTextBytes + 1))).toBe(false)
    expect(edit('ü'.repeat(BOUNDS.cellTextBytes / 2 + 1))).toBe(false)
  })

  it('M10 take back a field as a newer version wrote it: its kind, its policy, whatever else it has', () => {
    const field = { id: 'f', kind: 'barcode', label: 'Scan', policy: 'consensus', digits: 13, mask: { of: ['#'] } }
    const save = (more: object) =>
      accepts(CALL_SCHEMAS['types.save'], {
        type: { id: 't', name: 'T', icon: 'x', fields: [{ ...field, ...more }] },
      })
    expect(save({})).toBe(true)
    expect([{ kind: 7 }, { kind: 'a b' }, { policy: '' }, { decimals: 10 }, { odd: new Map() }].map(save)).toEqual(
      Array(5).fill(false),
    )
  })

  it('take any JSON as a value and nothing else', () => {
    const edit = (value: unknown) =>
      accepts(CALL_SCHEMAS['records.edit'], { cells: [{ record: 'r', field: 'f', value }] })
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), value => value === undefined || hasTrapKey(value) || edit(value)),
    )
    for (const value of [undefined, NaN, Infinity, 1n, new Date(), new Map(), new Uint8Array(2), nested(9)]) {
      expect(edit(value)).toBe(false)
    }
    expect(edit(nested(7))).toBe(true)
  })

  it('keep the page away from settings that are not its own', () => {
    const get = (key: unknown) => accepts(CALL_SCHEMAS['settings.get'], { key })
    expect(get('page.density')).toBe(true)
    for (const key of ['sync.provider', 'page', 'page.', 'pagex.a', '__proto__', ' page.a', 'page.a\n']) {
      expect(get(key), JSON.stringify(key)).toBe(false)
    }
  })

  it('never throw, whatever comes', () => {
    const handlers = new Proxy({}, { get: () => () => Promise.resolve(null) })
    const calls = callTable(handlers as CallHandlers)
    const feeds = feedTable(handlers as FeedHandlers)
    fc.assert(
      fc.property(fc.anything({ withMap: true, withDate: true, withTypedArray: true, withBigInt: true }), input => {
        for (const prepare of [...Object.values(calls), ...Object.values(feeds)]) prepare(input)
      }),
      { numRuns: 300 },
    )
  })
})

function nested(depth: number): unknown {
  return depth === 0 ? 1 : [nested(depth - 1)]
}

function hasTrapKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([key, item]) => key === '__proto__' || hasTrapKey(item))
}
