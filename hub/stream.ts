/**
 * Server-sent ticks: tells open streams of a workspace that something was committed, never what. Ticks that come close
 * together are one; a listener that does not read is ended rather than buffered for.
 */
import type { ServerResponse } from 'node:http'

export interface Listener {
  readonly workspace: string
  readonly device: string
  readonly response: ServerResponse
  /** Asked at every heartbeat; a listener whose device was revoked is ended. */
  readonly isWelcome: () => Promise<boolean>
}

export interface TickStream {
  /** Takes the response over until it ends. A first tick is sent at once: the listener may have missed some. */
  add(listener: Listener): void
  /** Something was committed: every stream of the workspace is told now, and at most once per `tickMs`. */
  tick(workspace: string): void
  /** As `tick`, of every workspace that somebody listens to. */
  tickAll(): void
  close(): void
}

export interface TickStreamOptions {
  readonly tickMs: number
  readonly heartbeatMs: number
  readonly streamsPerDevice: number
}

const TICK = 'event: tick\ndata: {}\n\n'
const HEARTBEAT = ': still here\n\n'
/** Unsent bytes after which a listener counts as dead: some 2,500 ticks. */
const MAX_UNSENT = 64 * 1024

export function createTickStream(options: TickStreamOptions): TickStream {
  const listeners = new Set<Listener>()
  /** Workspaces told less than `tickMs` ago, and whether there has been something to tell since. */
  const recent = new Map<string, { again: boolean; timer: NodeJS.Timeout }>()
  const heartbeat = setInterval(beat, options.heartbeatMs)

  function send(listener: Listener, text: string): void {
    if (listener.response.writableLength <= MAX_UNSENT) listener.response.write(text)
    else {
      listeners.delete(listener)
      listener.response.destroy()
    }
  }

  function end(listener: Listener): void {
    listeners.delete(listener)
    listener.response.end()
  }

  function tellAll(workspace: string): void {
    for (const listener of listeners) if (listener.workspace === workspace) send(listener, TICK)
    const timer = setTimeout(() => {
      const again = recent.get(workspace)?.again === true
      recent.delete(workspace)
      if (again) tellAll(workspace)
    }, options.tickMs)
    recent.set(workspace, { again: false, timer })
  }

  function beat(): void {
    for (const listener of listeners) {
      send(listener, HEARTBEAT)
      listener.isWelcome().then(
        welcome => {
          if (!welcome) end(listener)
        },
        () => undefined, // the storage is closing; the stream ends with it
      )
    }
  }

  function tick(workspace: string): void {
    const told = recent.get(workspace)
    if (told === undefined) tellAll(workspace)
    else told.again = true
  }

  return {
    add(listener) {
      const others = [...listeners].filter(other => other.device === listener.device)
      for (const old of others.slice(0, Math.max(0, others.length + 1 - options.streamsPerDevice))) end(old)
      listener.response.on('close', () => listeners.delete(listener))
      listener.response.on('error', () => listeners.delete(listener))
      listener.response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      listeners.add(listener)
      send(listener, TICK)
    },
    tick,
    tickAll() {
      for (const workspace of new Set([...listeners].map(listener => listener.workspace))) tick(workspace)
    },
    close() {
      clearInterval(heartbeat)
      for (const { timer } of recent.values()) clearTimeout(timer)
      recent.clear()
      for (const listener of [...listeners]) end(listener)
    },
  }
}
