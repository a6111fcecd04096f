/**
 * Answers one page over one port: checks every frame, runs the named call or feed, and sends what comes of it. It knows
 * frames and tables only; it must never hand a handler anything unchecked, nor let an error's words reach the page.
 */
import type { ReplyFrame } from '../../core/model/api.ts'

/** A port, whoever made it. `listen` is called once; frames arrive as they were sent, not yet trusted. */
export interface Wire {
  send(frame: ReplyFrame): void
  listen(onFrame: (frame: unknown) => void, onClose: () => void): void
  close(): void
}

/** Frames until stopped. `fail` ends it. Neither is called after `stop`, as far as the page can tell. */
export type Feed<T> = (next: (frame: T) => void, fail: (error: unknown) => void) => () => void

/** Answers undefined when `input` is not what the name takes. */
export type CallTable = Readonly<Record<string, (input: unknown) => (() => Promise<unknown>) | undefined>>
export type FeedTable = Readonly<Record<string, (input: unknown) => Feed<unknown> | undefined>>

export interface ServeLimits {
  readonly openCalls: number
  readonly openFeeds: number
}

/** `report` is the one place where bugs end. */
export function serve(
  wire: Wire,
  calls: CallTable,
  feeds: FeedTable,
  limits: ServeLimits,
  report: (error: unknown, where: string) => void,
): { close(): void } {
  const stopById = new Map<number, () => void>()
  const openCalls = new Set<number>()
  let closed = false

  const send = (frame: ReplyFrame) => {
    if (!closed) wire.send(frame)
  }
  const close = () => {
    if (closed) return
    closed = true
    for (const stop of stopById.values()) guard(stop, 'stop')
    stopById.clear()
    wire.close()
  }
  const guard = (run: () => void, where: string) => {
    try {
      run()
    } catch (error) {
      report(error, where)
    }
  }

  const call = (id: number, name: string, input: unknown) => {
    const prepare = Object.hasOwn(calls, name) ? calls[name] : undefined
    const run = openCalls.size < limits.openCalls && !openCalls.has(id) ? prepare?.(input) : undefined
    if (run === undefined) return send({ id, error: 'refused' })
    openCalls.add(id)
    run()
      .then(
        value => send({ id, value }),
        (error: unknown) => {
          report(error, name)
          send({ id, error: 'internal' })
        },
      )
      .catch((error: unknown) => report(error, name))
      .finally(() => openCalls.delete(id))
      .catch(() => undefined)
  }

  const watch = (id: number, name: string, input: unknown) => {
    const prepare = Object.hasOwn(feeds, name) ? feeds[name] : undefined
    const feed = stopById.size < limits.openFeeds && !stopById.has(id) ? prepare?.(input) : undefined
    if (feed === undefined) return send({ id, error: 'refused' })
    let live = true
    let stopFeed: (() => void) | undefined
    const stop = () => {
      live = false
      if (stopById.get(id) === stop) stopById.delete(id)
      stopFeed?.()
    }
    stopById.set(id, stop)
    const fail = (error: unknown) => {
      if (!live) return
      report(error, name)
      send({ id, error: 'internal' })
      guard(stop, name)
    }
    try {
      stopFeed = feed(frame => {
        if (live) send({ id, value: frame })
      }, fail)
    } catch (error) {
      fail(error)
    }
    // It may have failed before it returned how to stop it.
    if (!live) stopFeed?.()
  }

  wire.listen(frame => {
    if (closed) return
    const request = readRequest(frame)
    // Without a usable id there is nobody to answer.
    if (request === undefined) return
    guard(() => {
      if (request.kind === 'stop') stopById.get(request.id)?.()
      else if (request.kind === 'call') call(request.id, request.name, request.input)
      else if (request.kind === 'watch') watch(request.id, request.name, request.input)
      else send({ id: request.id, error: 'refused' })
    }, request.name)
  }, close)
  return { close }
}

interface Request {
  readonly id: number
  readonly kind: unknown
  readonly name: string
  readonly input: unknown
}

/** `kind` and `name` may still be nonsense: those are refused by id. */
function readRequest(frame: unknown): Request | undefined {
  if (typeof frame !== 'object' || frame === null) return undefined
  const { id, kind, name, input } = frame as Record<string, unknown>
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) return undefined
  return { id, kind, name: typeof name === 'string' ? name : '', input }
}
