import { Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { RecordReader } from '../../core/database/database.ts'
import type { Row, View, WindowFrame } from '../../core/model/api.ts'
import { windowFeed } from './window-feed.ts'

const view: View = { type: null, text: '', sort: { field: '$title', descending: false }, deleted: false, open: false }

/** A table of ids and revisions with a clock that only the test moves. */
function openRig() {
  const revById = new Map<string, number>()
  const changed$ = new Subject<void>()
  const timers: { at: number; run: () => void }[] = []
  const frames: WindowFrame[] = []
  let now = 0
  let reads = 0
  let gate: Promise<void> = Promise.resolve()
  let preparing: Promise<void> | undefined
  const ids = () => [...revById.keys()].sort()
  const row = (id: string): Row => ({
    id,
    rev: `${revById.get(id) ?? 0}`,
    type: 't',
    title: id,
    cells: {},
    open: 0,
    unsent: false,
    updatedAt: 0,
    deleted: false,
  })
  const reader: RecordReader = {
    prepare: () => preparing,
    count: async () => {
      reads++
      await gate
      return revById.size
    },
    page: (_view, from, to) =>
      ids()
        .slice(from, to)
        .map(id => ({ id, rev: row(id).rev })),
    rows: wanted => wanted.filter(id => revById.has(id)).map(row),
    position: () => null,
    best: () => Promise.resolve([]),
  }
  const settle = async () => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  }
  return {
    revById,
    changed$,
    frames,
    settle,
    reads: () => reads,
    hold(until: Promise<void>) {
      gate = until
    },
    prepare(until: Promise<void>) {
      preparing = until.finally(() => (preparing = undefined))
    },
    watch: (from: number, to: number) =>
      windowFeed(
        {
          reader,
          changed$,
          now: () => now,
          after(ms, run) {
            const timer = { at: now + ms, run }
            timers.push(timer)
            return () => timers.splice(timers.indexOf(timer), 1)
          },
        },
        { view, from, to },
      )(
        frame => frames.push(frame),
        error => {
          throw error
        },
      ),
    async pass(ms: number) {
      now += ms
      for (const timer of timers.filter(({ at }) => at <= now)) {
        timers.splice(timers.indexOf(timer), 1)
        timer.run()
      }
      await settle()
    },
    async change(id: string, rev = (revById.get(id) ?? 0) + 1) {
      revById.set(id, rev)
      changed$.next()
      await settle()
    },
  }
}

describe('a live window of rows', () => {
  it('sends every row first and later only what the listener has not seen', async () => {
    const rig = openRig()
    for (const id of ['a', 'b', 'c']) rig.revById.set(id, 1)
    rig.watch(0, 2)
    await rig.settle()
    await rig.pass(100)
    await rig.change('b')
    await rig.pass(100)
    rig.revById.delete('a')
    rig.changed$.next()
    await rig.pass(100)
    expect(
      rig.frames.map(({ total, ids, rows }) => [total, ids.join(''), rows.map(row => row.id + row.rev).join()]),
    ).toEqual([
      [3, 'ab', 'a1,b1'],
      [3, 'ab', 'b2'],
      [2, 'bc', 'c1'],
    ])
  })

  it('says nothing when nothing in it changed, and tells a new total', async () => {
    const rig = openRig()
    for (const id of ['a', 'b']) rig.revById.set(id, 1)
    rig.watch(0, 2)
    await rig.settle()
    rig.changed$.next()
    await rig.pass(100)
    expect(rig.frames).toHaveLength(1)
    await rig.change('z')
    await rig.pass(100)
    expect(rig.frames.slice(1)).toEqual([{ total: 3, from: 0, ids: ['a', 'b'], rows: [] }])
  })

  it('collapses a burst to one frame and never misses its end', async () => {
    const rig = openRig()
    rig.watch(0, 100)
    await rig.settle()
    for (let at = 0; at < 1000; at++) await rig.change('a')
    expect(rig.reads()).toBe(1)
    await rig.pass(50)
    expect(rig.reads()).toBe(2)
    expect(rig.frames.at(-1)?.rows[0]?.rev).toBe('1000')
  })

  it('reads again after a change that came while it was reading', async () => {
    const rig = openRig()
    let release = () => {}
    rig.hold(new Promise(resolve => (release = resolve)))
    rig.watch(0, 10)
    await rig.change('a')
    expect(rig.reads()).toBe(1)
    release()
    await rig.settle()
    await rig.change('b')
    await rig.pass(1000)
    expect(rig.frames.at(-1)?.ids).toEqual(['a', 'b'])
  })

  it('waits for a view to be put in order, which takes none of the time that reading may take', async () => {
    const rig = openRig()
    let release = () => {}
    rig.prepare(new Promise(resolve => (release = resolve)))
    rig.watch(0, 10)
    await rig.pass(3000)
    expect(rig.reads()).toBe(0)
    release()
    await rig.settle()
    await rig.change('a')
    await rig.pass(50)
    expect(rig.frames.map(({ ids }) => ids)).toEqual([[], ['a']])
  })

  it('stops for good', async () => {
    const rig = openRig()
    const stop = rig.watch(0, 10)
    await rig.settle()
    await rig.change('a')
    stop()
    await rig.pass(1000)
    await rig.change('b')
    await rig.pass(1000)
    expect(rig.frames).toHaveLength(1)
    expect(rig.changed$.observed).toBe(false)
  })
})
