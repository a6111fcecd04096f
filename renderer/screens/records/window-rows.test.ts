import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FeedFrame, FeedInput, FeedName, Row, View, WindowFrame } from '../../../core/model/api.ts'
import type { Api } from '../../api/connect.ts'
import { coversWell, FIRST_SIZE, openWindowRows, readIds, spanAround, WINDOW_SIZE } from './window-rows.ts'

const VIEW: View = {
  type: 't',
  text: '',
  sort: { field: '$createdAt', descending: true },
  deleted: false,
  open: false,
}

function row(index: number, rev = '1'): Row {
  const id = `r${index}`
  return { id, rev, type: 't', title: id, cells: {}, open: 0, unsent: false, updatedAt: 0, deleted: false }
}

interface Feed {
  readonly from: number
  readonly to: number
  stopped: boolean
  send(frame: Partial<WindowFrame> & { readonly total: number }): void
}

/** Main with `total` records; frames are sent by the test. */
function main() {
  const feeds: Feed[] = []
  const api: Pick<Api, 'watch'> = {
    watch<N extends FeedName>(_name: N, input: FeedInput<N>, next: (frame: FeedFrame<N>) => void) {
      const { from, to } = input as FeedInput<'window'>
      const feed: Feed = {
        from,
        to,
        stopped: false,
        send: ({ total, ...more }) => {
          const end = Math.min(to, total)
          const rows = Array.from({ length: Math.max(0, end - from) }, (_, at) => row(from + at))
          next({ total, from, ids: rows.map(each => each.id), rows, ...more })
        },
      }
      feeds.push(feed)
      return () => {
        feed.stopped = true
      }
    },
  }
  return { api, feeds }
}

function last(feeds: readonly Feed[]): Feed {
  const feed = feeds.at(-1)
  if (feed === undefined) throw new Error('nothing was watched')
  return feed
}

describe('window arithmetic', () => {
  it('always asks for one bounded window that holds what is on screen', () => {
    const screen = fc.tuple(fc.nat(200_000), fc.integer({ min: 0, max: 70 }))
    fc.assert(
      fc.property(screen, ([first, height]) => {
        const span = spanAround(first, first + height)
        expect(span.to - span.from).toBe(WINDOW_SIZE)
        expect(span.from).toBeLessThanOrEqual(first)
        expect(span.to).toBeGreaterThan(first + height)
        expect(coversWell(span, first, first + height, Infinity)).toBe(true)
      }),
    )
  })

  it('needs no rows to spare at the ends of the list', () => {
    expect(coversWell({ from: 0, to: 200 }, 0, 30, 1000)).toBe(true)
    expect(coversWell({ from: 800, to: 1000 }, 960, 999, 1000)).toBe(true)
    expect(coversWell({ from: 0, to: 200 }, 150, 190, 1000)).toBe(false)
  })
})

describe('window rows', () => {
  it('keeps the old window until the new one has answered, and asks for one at a time', () => {
    const { api, feeds } = main()
    const rows = openWindowRows(api, VIEW)
    last(feeds).send({ total: 5000 })
    rows.want(400, 430)
    rows.want(900, 930)
    rows.want(3000, 3030)
    expect(feeds).toHaveLength(2)
    expect(rows.rowAt(10)?.id).toBe('r10')
    last(feeds).send({ total: 5000 })
    expect(feeds[0]?.stopped).toBe(true)
    // What was scrolled past in the meantime is skipped: straight to where the screen is now.
    expect(feeds).toHaveLength(3)
    last(feeds).send({ total: 5000 })
    expect(rows.rowAt(3010)?.id).toBe('r3010')
    expect(feeds.filter(feed => !feed.stopped)).toHaveLength(1)
  })

  it('takes later frames that carry only rows it has not seen', () => {
    const { api, feeds } = main()
    const rows = openWindowRows(api, VIEW)
    last(feeds).send({ total: 3 })
    last(feeds).send({
      total: 4,
      ids: ['new', 'r0', 'r1', 'r2'],
      rows: [
        { ...row(0), id: 'new' },
        { ...row(1, '2'), title: 'changed' },
      ],
    })
    expect([0, 1, 2, 3].map(at => rows.rowAt(at)?.title)).toEqual(['r0', 'r0', 'changed', 'r2'])
    expect(rows.indexOf('r2')).toBe(3)
    expect(rows.total()).toBe(4)
  })

  it('knows nothing of rows outside its window', () => {
    const { api, feeds } = main()
    const rows = openWindowRows(api, VIEW)
    expect(rows.total()).toBeUndefined()
    last(feeds).send({ total: 138_398 })
    expect(rows.rowAt(FIRST_SIZE - 1)?.id).toBe('r59')
    expect(rows.rowAt(FIRST_SIZE)).toBeUndefined()
  })

  it('begins with a screenful and takes the rest once that is painted, without drawing anything again', () => {
    const { api, feeds } = main()
    let painted = () => {}
    const rows = openWindowRows(api, VIEW, run => (painted = run))
    rows.want(0, 22)
    last(feeds).send({ total: 5000 })
    rows.want(0, 45)
    expect(feeds.map(({ from, to }) => [from, to])).toEqual([[0, FIRST_SIZE]])
    const first = rows.rowAt(0)
    painted()
    expect(feeds.map(({ from, to }) => [from, to])).toEqual([
      [0, FIRST_SIZE],
      [0, WINDOW_SIZE],
    ])
    last(feeds).send({ total: 5000 })
    expect(feeds[0]?.stopped).toBe(true)
    expect(rows.rowAt(0)).toBe(first)
    expect(rows.rowAt(WINDOW_SIZE - 1)?.id).toBe('r199')
    painted()
    expect(feeds).toHaveLength(2)
  })

  it('does not wait for the paint where the screen already needs more', () => {
    const { api, feeds } = main()
    const rows = openWindowRows(api, VIEW, () => undefined)
    rows.want(0, FIRST_SIZE + 5)
    last(feeds).send({ total: 5000 })
    expect(feeds.map(({ from, to }) => [from, to])).toEqual([
      [0, FIRST_SIZE],
      [0, WINDOW_SIZE],
    ])
  })

  it('stops its feeds when closed and stays silent', () => {
    const { api, feeds } = main()
    const rows = openWindowRows(api, VIEW)
    let told = 0
    rows.subscribe(() => told++)
    rows.close()
    last(feeds).send({ total: 5 })
    expect([last(feeds).stopped, told]).toEqual([true, 0])
  })

  it('reads ids of a long range window by window within the bounds', async () => {
    const asked: number[] = []
    const { api, feeds } = main()
    const answering: Pick<Api, 'watch'> = {
      watch: (name, input, next) => {
        const stop = api.watch(name, input, next)
        const feed = last(feeds)
        asked.push(feed.to - feed.from)
        queueMicrotask(() => feed.send({ total: 1200 }))
        return stop
      },
    }
    const ids = await readIds(answering, VIEW, 0, 1200)
    expect(ids).toHaveLength(1200)
    expect(Math.max(...asked)).toBeLessThanOrEqual(500)
    expect(feeds.every(feed => feed.stopped)).toBe(true)
  })
})
