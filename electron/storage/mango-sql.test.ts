/** What the translation decides alone and what it leaves to RxDB; that its answers are right is query-agreement.test.ts. */
import { describe, expect, it } from 'vitest'
import { ITEM_SCHEMA } from './contract/contract-case.suite.ts'
import { translateSelector } from './mango-sql.ts'
import { describeTable } from './table-layout.ts'

const { columnsByPath } = describeTable('d', 'c', ITEM_SCHEMA as never)
const translate = (selector: object, loose = false) => translateSelector(selector, { columnsByPath, loose })

describe('mango selectors as SQL', () => {
  it('decide without RxDB only where columns can', () => {
    expect(translate({ kind: { $eq: 'x' }, rank: { $gt: 3 }, _deleted: { $eq: false } }).exact).toBe(true)
    expect(translate({ $nor: [{ kind: { $in: ['x', null] } }, { rank: { $not: { $lt: 2 } } }] }).exact).toBe(true)
    expect(translate({ 'more.a': { $eq: 'x' } }).exact).toBe(false)
    expect(translate({ kind: { $regex: 'x' } }).exact).toBe(false)
    expect(translate({ kind: { $eq: 'x' } }, true).exact).toBe(false)
  })

  it('leave to RxDB what would be too long for SQLite', () => {
    const parts = Array.from({ length: 600 }, (_, rank) => ({ rank }))
    expect(translate({ $or: parts.slice(0, 400) })).toMatchObject({ exact: true })
    expect(translate({ $or: parts })).toMatchObject({ sql: '1', exact: false })
    expect(translate({ $and: parts })).toMatchObject({ sql: '1', exact: false })
    expect(translate({ rank: { $in: parts.map(part => part.rank) } })).toMatchObject({ sql: '1', exact: false })
  })

  it('ask for any number of texts by one parameter, so that an index serves them', () => {
    const kinds = Array.from({ length: 5000 }, (_, index) => `k${index}`)
    const { sql, params, exact } = translate({ kind: { $in: kinds } })
    expect([sql, params.length, exact]).toEqual(['"k_kind" IN (SELECT value FROM json_each(?))', 1, true])
  })
})
