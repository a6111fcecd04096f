/** What is said of a check: each finding with what comes of it, and alarm only where a person has something to do. */
import { describe, expect, it } from 'vitest'
import type { SearchIndexView, StorageOutcome } from '../../core/model/api.ts'
import { needsRescue, outcomeWords } from './storage.ts'

type Checked = Extract<StorageOutcome, { readonly sound: boolean }>
const NOTHING = { pages: 0, document: 0, search: 0, tally: 0 }
const checked = (over: Partial<Checked> = {}): Checked => ({
  job: 'verify',
  at: 0,
  sound: true,
  documents: 120,
  wrong: NOTHING,
  references: 0,
  files: { read: 14, bytes: 2_000_000, missing: 0, damaged: 0, named: [] },
  rebuilding: false,
  ...over,
})
const READY = { state: 'ready' } as const

describe('words of a whole copy', () => {
  it('say where it is and what is not in it', () => {
    const saved = {
      job: 'saveCopy',
      at: 0,
      name: 'Copy.farfield',
      bytes: 5_000_000,
      files: 3,
      missing: 0,
      damaged: 0,
    } as const
    expect(outcomeWords(saved)).toEqual({
      text: 'Saved “Copy.farfield” in your downloads folder: 5.0 MB, with 3 photos and files.',
      good: true,
    })
    const { text, good } = outcomeWords({ ...saved, files: 0, missing: 1, damaged: 2 })
    expect([good, text.endsWith('5.0 MB. Not in it: 1 file not on this laptop, 2 files damaged on its disk.')]).toEqual(
      [false, true],
    )
  })

  it('tell a restore that goes on from one that was cancelled', () => {
    expect(outcomeWords({ job: 'restoreCopy', at: 0, reopening: true }).text).toBe('Restoring…')
    expect(outcomeWords({ job: 'restore', at: 0, failure: null }).text).toBe('Cancelled. Nothing was changed.')
  })
})

describe('words of a check', () => {
  it('says in one sentence that all is well, with the files it has read', () => {
    expect(outcomeWords(checked())).toEqual({
      text: 'All is well: 120 entries and 14 files (2.0 MB) read and compared.',
      good: true,
    })
  })

  it('does not call the database damaged for its files, and says what may still bring them', () => {
    const outcome = checked({ files: { read: 13, bytes: 1_000_000, missing: 1, damaged: 2, named: [] } })
    const { text, good } = outcomeWords(outcome, { hub: true, index: READY })
    expect(text).toMatch(/^The database is sound: .* 1 file is not on this laptop; the hub may still bring/)
    expect(text).toContain('2 files are damaged on this laptop’s disk: add them again')
    expect([good, needsRescue(outcome)]).toEqual([false, false])
    expect(outcomeWords(outcome, { hub: false, index: READY }).text).not.toContain('hub')
  })

  it('tells how the search that was out of step is being made anew', () => {
    const outcome = checked({ sound: false, wrong: { ...NOTHING, search: 3 }, rebuilding: true })
    const told = (index: SearchIndexView) => outcomeWords(outcome, { hub: false, index })
    expect(needsRescue(outcome)).toBe(false)
    expect(told({ state: 'rebuilding', done: 1, total: 3 })).toMatchObject({ good: true })
    expect(told({ state: 'rebuilding', done: 1, total: 3 }).text).toContain(
      '3 records as it should and is being made anew.',
    )
    expect(told(READY).text).toContain('was made anew.')
    expect(told({ state: 'failed', failure: { code: 'internal' } })).toMatchObject({ good: false })
  })

  it('offers a rescue where the records themselves or their totals are wrong', () => {
    const outcome = checked({ sound: false, wrong: { ...NOTHING, document: 1, search: 3 }, rebuilding: true })
    expect(needsRescue(outcome)).toBe(true)
    expect(outcomeWords(outcome).text).toMatch(/^Something is wrong: 1 entry that cannot be read .* A rescue keeps/)
  })
})
