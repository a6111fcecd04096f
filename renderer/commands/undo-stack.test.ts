import { describe, expect, it } from 'vitest'
import type { Undo } from '../../core/model/api.ts'
import { createUndoStack } from './undo-stack.ts'

function cells(field: string, value: string, made: string): Undo {
  return { kind: 'cells', cells: [{ record: 'r', field, value, made }] }
}

/** Applies everything and answers a token marked as its reverse. */
function stack() {
  const applied: Undo[] = []
  const made = createUndoStack(undo => {
    applied.push(undo)
    return Promise.resolve({ ok: true, value: { undo: cells('redo', `of ${applied.length}`, 'x') } })
  })
  return { made, applied }
}

describe('undo stack', () => {
  it('takes back the newest step first and redoes with the token main answered', async () => {
    const { made, applied } = stack()
    made.push({ label: 'one', undo: cells('a', '1', 's1') })
    made.push({ label: 'two', undo: cells('b', '2', 's2') })
    expect(await made.undo()).toEqual({ kind: 'done', label: 'two' })
    expect(await made.redo()).toEqual({ kind: 'done', label: 'two' })
    expect(applied).toEqual([cells('b', '2', 's2'), cells('redo', 'of 1', 'x')])
    expect(await made.redo()).toEqual({ kind: 'nothing' })
  })

  it('joins keystrokes into one cell: the first value, guarded by the last stamp', async () => {
    const { made, applied } = stack()
    made.push({ label: 'edit', undo: cells('a', 'before', 's1'), joinKey: 'r a 1' })
    made.push({ label: 'edit', undo: cells('a', 'bef', 's2'), joinKey: 'r a 1' })
    made.push({ label: 'edit', undo: cells('a', 'be', 's3'), joinKey: 'r a 1' })
    await made.undo()
    expect(applied).toEqual([cells('a', 'before', 's3')])
    expect(made.canUndo()).toBe(false)
  })

  it('keeps edits of another visit to the same field apart', async () => {
    const { made, applied } = stack()
    made.push({ label: 'edit', undo: cells('a', 'one', 's1'), joinKey: 'r a 1' })
    made.push({ label: 'edit', undo: cells('a', 'two', 's2'), joinKey: 'r a 2' })
    await made.undo()
    expect(applied).toEqual([cells('a', 'two', 's2')])
    expect(made.canUndo()).toBe(true)
  })

  it('forgets what could be redone once something new is done', async () => {
    const { made } = stack()
    made.push({ label: 'one', undo: cells('a', '1', 's1') })
    await made.undo()
    made.push({ label: 'two', undo: cells('a', '2', 's2') })
    expect(made.canRedo()).toBe(false)
  })

  it('says why when main refuses, and lets go of the step', async () => {
    const made = createUndoStack(() => Promise.resolve({ ok: false, failure: { code: 'stale' } }))
    made.push({ label: 'one', undo: cells('a', '1', 's1') })
    expect(await made.undo()).toEqual({ kind: 'failed', failure: { code: 'stale' } })
    expect(made.canUndo()).toBe(false)
  })

  it('takes back one step out of order for the undo bar, once', async () => {
    const { made, applied } = stack()
    const first = { label: 'delete', undo: cells('$deleted', 'x', 's1') }
    made.push(first)
    made.push({ label: 'later', undo: cells('b', '2', 's2') })
    expect(await made.undoStep(first)).toEqual({ kind: 'done', label: 'delete' })
    expect(await made.undoStep(first)).toEqual({ kind: 'nothing' })
    expect(applied).toEqual([first.undo])
  })
})
