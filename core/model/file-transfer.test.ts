import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LARGE_BYTES, planTransfers, troubleOf, type FileFacts, type TransferFacts } from './file-transfer.ts'

const NOTHING: TransferFacts = {
  here: new Map(),
  named: new Map(),
  there: new Set(),
  absent: new Set(),
  asked: new Set(),
  onlyAsked: false,
  troubles: new Map(),
  largest: 100_000_000,
  full: { send: false, fetch: false },
}
const file = (bytes: number, at: number, photo = true): FileFacts => ({ bytes, at, photo })

/** The order in which all of it would move. */
function orderOf(facts: TransferFacts): string[] {
  const here = new Map(facts.here)
  const there = new Set(facts.there)
  const order: string[] = []
  for (;;) {
    const { next } = planTransfers({ ...facts, here, there })
    if (next === null) return order
    order.push(next.hash)
    if (next.direction === 'fetch') here.set(next.hash, next)
    there.add(next.hash)
  }
}

const names = ['a', 'b', 'c', 'd', 'e', 'f']
const aFile = fc.record({
  bytes: fc.constantFrom(0, 1000, LARGE_BYTES, LARGE_BYTES + 1, 100_000_000, 100_000_001),
  at: fc.constantFrom(0, 1, 2, 3),
  photo: fc.boolean(),
})
const someNames = fc.uniqueArray(fc.constantFrom(...names))
const anyFacts: fc.Arbitrary<TransferFacts> = fc
  .record({
    files: fc.tuple(...names.map(() => aFile)),
    here: someNames,
    named: someNames,
    there: someNames,
    absent: someNames,
    asked: someNames,
    troubled: someNames,
    onlyAsked: fc.boolean(),
    full: fc.record({ send: fc.boolean(), fetch: fc.boolean() }),
  })
  .map(({ files, here, named, there, absent, asked, troubled, onlyAsked, full }) => {
    const pick = (from: readonly string[]) =>
      new Map(from.map(name => [name, files[names.indexOf(name)] ?? file(0, 0)] as const))
    return {
      here: pick(here),
      named: pick(named),
      there: new Set(there),
      absent: new Set(absent),
      asked: new Set(asked),
      onlyAsked,
      troubles: new Map(troubled.map(name => [name, 'internal'] as const)),
      largest: 100_000_000,
      full,
    }
  })

describe('which file moves next', () => {
  it('S10 the asked-for first, the latest of them before; then small ones, the newest first; then large ones', () => {
    const named = new Map([
      ['film', file(LARGE_BYTES + 1, 90, false)],
      ['old', file(10, 1)],
      ['new', file(5000, 50)],
      ['opened', file(LARGE_BYTES * 3, 2)],
      ['opened later', file(10, 3)],
    ])
    const here = new Map([['mine', file(10, 20)]])
    const asked = new Set(['opened', 'opened later'])
    expect(orderOf({ ...NOTHING, named, here, asked })).toEqual([
      'opened later',
      'opened',
      'new',
      'mine',
      'old',
      'film',
    ])
  })

  it('sends what is here and not there, fetches what is named and not here, and leaves the rest', () => {
    const facts = {
      ...NOTHING,
      here: new Map([
        ['both', file(1, 1)],
        ['mine', file(2, 1)],
      ]),
      named: new Map([
        ['both', file(1, 1)],
        ['theirs', file(4, 1, false)],
      ]),
      there: new Set(['both', 'theirs', 'unnamed']),
    }
    const plan = planTransfers(facts)
    expect(plan.send).toEqual({ files: 1, photos: 1, bytes: 2 })
    expect(plan.fetch).toEqual({ files: 1, photos: 0, bytes: 4 })
    expect(orderOf(facts).sort()).toEqual(['mine', 'theirs'])
  })

  it('what a record says of a file that is here is newer than what the disk says', () => {
    const here = new Map([['a', file(5, 0, false)]])
    const named = new Map([['a', file(5, 7, true)]])
    expect(planTransfers({ ...NOTHING, here, named }).next).toEqual({ hash: 'a', direction: 'send', ...file(5, 7) })
  })

  it('each trouble keeps its file out of the way and is counted by itself', () => {
    const here = new Map([
      ['huge', file(100_000_001, 1)],
      ['small', file(1, 1)],
    ])
    const named = new Map([
      ['absent', file(3, 1)],
      ['broken', file(4, 1)],
    ])
    const troubles = new Map([['broken', 'wrongContent' as const]])
    const plan = planTransfers({ ...NOTHING, here, named, troubles, absent: new Set(['absent']) })
    expect(plan.next?.hash).toBe('small')
    expect(plan.troubles.map(({ trouble, files, bytes }) => [trouble, files, bytes])).toEqual([
      ['tooLarge', 1, 100_000_001],
      ['notThere', 1, 3],
      ['wrongContent', 1, 4],
    ])
    const full = { send: true, fetch: true }
    expect(planTransfers({ ...NOTHING, here, named, full }).next).toBeNull()
    expect(troubleOf({ ...NOTHING, full }, 'small', file(1, 1), 'send')).toBe('providerFull')
    expect(troubleOf({ ...NOTHING, full }, 'absent', file(1, 1), 'fetch')).toBe('diskFull')
  })

  it('for all facts: every file is moved once or told of, none that is where it should be, and the order is one', () => {
    fc.assert(
      fc.property(anyFacts, facts => {
        const order = orderOf(facts)
        expect(new Set(order).size).toBe(order.length)
        const plan = planTransfers(facts)
        expect(order.length).toBe(plan.send.files + plan.fetch.files)
        expect(plan.next?.hash).toBe(order[0])
        for (const hash of order) {
          expect(facts.here.has(hash) && facts.there.has(hash)).toBe(false)
          expect(facts.here.has(hash) || facts.named.has(hash)).toBe(true)
          if (facts.onlyAsked) expect(facts.asked.has(hash)).toBe(true)
        }
        const due = new Set([...facts.here.keys(), ...facts.named.keys()])
        for (const hash of due) if (facts.here.has(hash) && facts.there.has(hash)) due.delete(hash)
        const told = plan.troubles.reduce((sum, { files }) => sum + files, 0)
        if (!facts.onlyAsked) expect(order.length + told).toBe(due.size)
        // Asked for: before all others.
        const firsts = order.map(hash => facts.asked.has(hash))
        expect(firsts).toEqual([...firsts].sort((a, b) => Number(b) - Number(a)))
        const reversed = {
          ...facts,
          here: new Map([...facts.here].reverse()),
          named: new Map([...facts.named].reverse()),
        }
        expect(orderOf(reversed)).toEqual(order)
      }),
      { numRuns: 400 },
    )
  })
})
