import { describe, expect, it } from 'vitest'
import { FILE_BYTES, type FileProgress, IMPORT_PIECE_BYTES } from '../../core/model/api.ts'
import type { Api } from '../api/connect.ts'
import { createFileCopies } from './file-copies.ts'

/** Main's side of the contract, as far as a page can see it; `hold` keeps it from taking pieces. */
function openRig() {
  const said: string[] = []
  const listeners = new Map<string, (frame: FileProgress) => void>()
  const plans = new Map<string, { name: string; bytes: number }>()
  const cancelled = new Set<string>()
  let held: Promise<void> = Promise.resolve()
  let jobs = 0
  const end = (job: string, state: FileProgress['state']) => {
    const { name = '', bytes = 0 } = plans.get(job) ?? {}
    const file = { hash: name, name, bytes, type: 'image/png' }
    const done: FileProgress = { state, bytes, fileBytes: bytes }
    listeners.get(job)?.(state === 'done' ? { ...done, added: { file, undo: { kind: 'cells', cells: [] } } } : done)
  }
  const call = async (name: string, input: Record<string, unknown>) => {
    if (name === 'files.cancel') {
      const job = String(input['job'])
      cancelled.add(job)
      said.push(`cancel ${plans.get(job)?.name}`)
      end(job, 'cancelled')
      return { ok: true, value: null }
    }
    if (input['field'] === 'gone') return { ok: false, failure: { code: 'notFound' } }
    const job = `job${++jobs}`
    plans.set(job, { name: String(input['name']), bytes: Number(input['bytes']) })
    said.push(`begin ${String(input['name'])}`)
    return { ok: true, value: { job } }
  }
  const watch = (_: string, { job }: { job: string }, next: (frame: FileProgress) => void) => {
    listeners.set(job, next)
    next({ state: 'waiting', bytes: 0, fileBytes: 0 })
    return () => listeners.delete(job)
  }
  const copies = createFileCopies({
    api: { call, watch } as unknown as Api,
    async post(job, from, piece) {
      await held
      if (cancelled.has(job)) return false
      const plan = plans.get(job)
      said.push(`${plan?.name} ${from}+${piece.byteLength}`)
      if (from + piece.byteLength === plan?.bytes) end(job, 'done')
      return true
    },
    prepare: async file => void said.push(`prepare ${file.name}`),
    added: (file, _, batch) => said.push(`added ${file.name} ${batch}`),
    ended: added => said.push(`ended ${added}`),
  })
  return {
    copies,
    said,
    hold() {
      let release = () => {}
      held = new Promise(resolve => (release = resolve))
      return () => release()
    },
    async quiet() {
      for (let turn = 0; turn < 50; turn++) await new Promise(resolve => setImmediate(resolve))
    },
    states: () =>
      copies.current().map(({ name, state, failure }) => `${name} ${state} ${JSON.stringify(failure) ?? ''}`),
  }
}
const file = (name: string, bytes = 3) => new File([new Uint8Array(bytes)], name)

describe('files on their way to main', () => {
  it('go one after another in pieces, and are told when all that came together are there', async () => {
    const rig = openRig()
    rig.copies.add('r', 'f', [file('a', IMPORT_PIECE_BYTES + 1), file('b'), file('empty', 0)])
    expect(rig.states()).toEqual(['a copying ', 'b waiting ', 'empty waiting '])
    await rig.quiet()
    expect(rig.said).toEqual([
      'begin a',
      `a 0+${IMPORT_PIECE_BYTES}`,
      `a ${IMPORT_PIECE_BYTES}+1`,
      'prepare a',
      'added a 1',
      'begin b',
      'b 0+3',
      'prepare b',
      'added b 1',
      'begin empty',
      'empty 0+0',
      'prepare empty',
      'added empty 1',
      'ended 3',
    ])
    expect(rig.copies.current()).toEqual([])
  })

  it('can be stopped, on their way and before', async () => {
    const rig = openRig()
    const release = rig.hold()
    rig.copies.add('r', 'f', [file('a'), file('b'), file('c')])
    await rig.quiet()
    const [a, b] = rig.copies.current()
    rig.copies.cancel(a?.id ?? 0)
    rig.copies.cancel(b?.id ?? 0)
    expect(rig.states()).toEqual(['c waiting '])
    release()
    await rig.quiet()
    expect(rig.said).toEqual(['begin a', 'cancel a', 'begin c', 'c 0+3', 'prepare c', 'added c 1', 'ended 1'])
  })

  it('that cannot come say why until that was read, and hold up none of the others', async () => {
    const rig = openRig()
    const folder = file('folder')
    folder.slice = () => ({ arrayBuffer: () => Promise.reject(new Error('not readable')) }) as unknown as Blob
    const huge = Object.defineProperty(file('huge'), 'size', { value: FILE_BYTES + 1 })
    rig.copies.add('r', 'f', [huge, folder, file('good')])
    rig.copies.add('r', 'gone', [file('late')])
    await rig.quiet()
    expect(rig.states()).toEqual([
      'huge failed {"code":"tooLarge","detail":"2 GB for one file"}',
      'folder failed "unreadable"',
      'late failed {"code":"notFound"}',
    ])
    expect(rig.said).toContain('cancel folder')
    expect(rig.said.filter(each => /^(added|ended)/.test(each))).toEqual(['added good 1', 'ended 1', 'ended 0'])
    for (const { id } of rig.copies.current()) rig.copies.dismiss(id)
    expect(rig.copies.current()).toEqual([])
  })
})
