/**
 * What Ctrl Z takes back on this page: a stack of `Undo` tokens that main handed out, and of their redos. Keystrokes into
 * one cell make one step. It never looks into values.
 */
import type { CallAnswer, Undo } from '../../core/model/api.ts'
import type { Failure } from '../../core/model/failure.ts'

export interface UndoStep {
  readonly label: string
  readonly undo: Undo
  /** Steps with the same key in a row are one (typing into one cell); absent: never joined. */
  readonly joinKey?: string
}

export type UndoOutcome =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'done'; readonly label: string }
  | { readonly kind: 'failed'; readonly failure: Failure }

export interface UndoStack {
  push(step: UndoStep): void
  undo(): Promise<UndoOutcome>
  redo(): Promise<UndoOutcome>
  /** Takes back this very step if it is still there (the undo bar's button). */
  undoStep(step: UndoStep): Promise<UndoOutcome>
  canUndo(): boolean
  canRedo(): boolean
}

const DEPTH = 200

export function createUndoStack(apply: (undo: Undo) => Promise<CallAnswer<'undo'>>): UndoStack {
  let done: UndoStep[] = []
  let undone: UndoStep[] = []

  async function take(step: UndoStep, onto: (redo: UndoStep) => void): Promise<UndoOutcome> {
    const answer = await apply(step.undo)
    if (!answer.ok) return { kind: 'failed', failure: answer.failure }
    onto({ label: step.label, undo: answer.value.undo })
    return { kind: 'done', label: step.label }
  }

  return {
    push(step) {
      undone = []
      const last = done.at(-1)
      const joined = last === undefined ? undefined : join(last, step)
      done = joined === undefined ? [...done.slice(1 - DEPTH), step] : [...done.slice(0, -1), joined]
    },
    async undo() {
      const step = done.pop()
      return step === undefined ? { kind: 'nothing' } : take(step, redo => undone.push(redo))
    },
    async redo() {
      const step = undone.pop()
      return step === undefined ? { kind: 'nothing' } : take(step, redo => done.push(redo))
    },
    async undoStep(step) {
      const index = done.indexOf(step)
      if (index < 0) return { kind: 'nothing' }
      done.splice(index, 1)
      return take(step, redo => undone.push(redo))
    },
    canUndo: () => done.length > 0,
    canRedo: () => undone.length > 0,
  }
}

/** The later edit's stamp guards what the earlier edit's value restores. */
function join(earlier: UndoStep, later: UndoStep): UndoStep | undefined {
  if (later.joinKey === undefined || earlier.joinKey !== later.joinKey) return undefined
  if (earlier.undo.kind !== 'cells' || later.undo.kind !== 'cells') return undefined
  const [before, ...more] = earlier.undo.cells
  const [after, ...rest] = later.undo.cells
  if (before === undefined || after === undefined || more.length > 0 || rest.length > 0) return undefined
  return { ...later, undo: { kind: 'cells', cells: [{ ...after, value: before.value }] } }
}
