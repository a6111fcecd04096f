import { describe, expect, it } from 'vitest'
import type { SearchIndexView } from '../core/model/api.ts'
import { openSearchCare } from './search-care.ts'
import { StorageError } from './storage/storage-error.ts'
import type { SearchRebuild } from './storage/search-rebuild.ts'

function open(index: Partial<SearchRebuild>, settled = Promise.resolve()) {
  const seen: SearchIndexView[] = []
  const reported: unknown[] = []
  const rebuild: SearchRebuild['rebuild'] = progress => {
    for (let done = 0; done <= 1000; done += 1) progress(done, 1000)
    return Promise.resolve()
  }
  const care = openSearchCare({
    index: { isInStep: () => Promise.resolve(true), rebuild, ...index },
    settled,
    report: error => reported.push(error),
  })
  care.view$.subscribe(view => seen.push(view))
  const states = () => seen.map(({ state }) => state).filter((state, at, all) => state !== all[at - 1])
  return { care, seen, reported, states, rest: () => new Promise(resolve => setImmediate(resolve)) }
}

describe('care for the search index', () => {
  it('makes it anew after the start where it is out of step, and leaves it alone where it is not', async () => {
    const well = open({})
    const ill = open({ isInStep: () => Promise.resolve(false) })
    await well.rest()
    expect(well.states()).toEqual(['ready'])
    expect(ill.states()).toEqual(['ready', 'rebuilding', 'ready'])
    expect(ill.seen.length).toBeLessThan(110)
  })

  it('says why it failed, and may be asked again', async () => {
    let full = true
    const rebuild = () => (full ? Promise.reject(new StorageError('diskFull', 'full')) : Promise.resolve())
    const { care, seen, states, reported, rest } = open({ rebuild })
    care.rebuild()
    await rest()
    expect(seen.at(-1)).toEqual({ state: 'failed', failure: { code: 'diskFull' } })
    expect(reported).toHaveLength(1)
    full = false
    care.rebuild()
    await rest()
    expect(states()).toEqual(['ready', 'rebuilding', 'failed', 'rebuilding', 'ready'])
  })

  it('never runs twice at a time, and ends with the app, even before the first screen', async () => {
    let runs = 0
    let hasEnded = false
    const rebuild: SearchRebuild['rebuild'] = async (_, stopped) => {
      runs += 1
      while (!stopped()) await new Promise(resolve => setImmediate(resolve))
      hasEnded = true
    }
    const { care } = open({ rebuild }, new Promise(() => undefined))
    care.rebuild()
    care.rebuild()
    expect(runs).toBe(1)
    await care.close()
    expect(hasEnded).toBe(true)
    care.rebuild()
    expect(runs).toBe(1)
    await open({}, new Promise(() => undefined)).care.close()
  })
})
