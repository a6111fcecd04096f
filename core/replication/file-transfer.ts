/**
 * Photos and files between this laptop and its provider, one at a time, as core/model/file-transfer.ts orders them. It moves
 * nothing that it was not allowed to, stops at any byte when it must, goes on there, and keeps nothing that is not what its
 * hash says.
 */
import { BehaviorSubject, type Observable, type Subscription } from 'rxjs'
import type { FilePlace, FileTrouble } from '../model/api.ts'
import type { Failure, Result } from '../model/failure.ts'
import {
  type Direction,
  type FileFacts,
  planTransfers,
  type Transfer,
  type TransferFacts,
  type TransferPlan,
  troubleOf,
} from '../model/file-transfer.ts'
import { LIMITS } from '../model/protocol.ts'
import type { NamedFiles } from '../database/named-files.ts'
import type { FileLedger } from './file-ledger.ts'
import type { Provider } from './provider.ts'
import type { Timer } from './timer.ts'

/** What is asked of this laptop's files. Whatever it throws goes through `toFailure`. */
export interface FileDepot {
  list(): AsyncIterable<{ readonly hash: string; readonly bytes: number }>
  /** Undefined: not here. To be closed. */
  open(hash: string): Promise<
    | {
        readonly bytes: number
        read(from: number, to: number): AsyncIterable<Uint8Array>
        close(): Promise<void>
      }
    | undefined
  >
  /** Bytes kept of a file that is on its way in. */
  arrived(hash: string): Promise<number>
  /** Takes the next bytes; what is not yet on the disk when the process ends is fetched again. */
  arrive(hash: string, from: number, chunk: Uint8Array): Promise<void>
  /** Files of which something arrived. */
  arriving(): Promise<readonly string[]>
  /** Puts what arrived on the disk, where a later fetch goes on. */
  pause(hash: string): Promise<void>
  /** The last byte is there: kept as a file when it is what its hash says, else thrown away and false. */
  finish(hash: string): Promise<boolean>
  /** Throws away what arrived. */
  drop(hash: string): Promise<void>
  /** Files that came or went otherwise. */
  readonly changes$: Observable<{ readonly hash: string; readonly bytes: number | null }>
  /** Bytes that may still be written to the disk. */
  room(): number
}

export interface TransferState extends Omit<TransferPlan, 'next'> {
  /** Every file here and every record has been looked at. */
  readonly counted: boolean
  readonly moving: (Pick<Transfer, 'hash' | 'direction' | 'photo' | 'bytes'> & { readonly done: number }) | null
  /** Files moved since nothing waited last. */
  readonly moved: { readonly [direction in Direction]: number }
  /** Why the last exchange failed; it is tried again. */
  readonly failure: Failure | null
}

export interface TransferPermission {
  /** The network may be used for files. False stops at once. */
  readonly files: boolean
  /** Records were compared: until then only what was asked for begins. */
  readonly records: boolean
  readonly onlyAsked: boolean
}

export interface FileTransfer {
  readonly state$: Observable<TransferState>
  readonly state: TransferState
  allow(permission: TransferPermission): void
  /** A person wants to see it. */
  ask(hash: string): void
  place(hash: string): FilePlace
  close(): Promise<void>
}

export interface FileTransferDeps {
  readonly provider: Pick<Provider, 'files' | 'ticks$'>
  readonly depot: FileDepot
  readonly named: NamedFiles
  readonly ledger: FileLedger
  /** Undefined: a bug, which is reported. */
  readonly toFailure: (error: unknown) => Failure | undefined
  readonly now: () => number
  readonly timer: Timer
  readonly report: (error: unknown) => void
  readonly retryMs?: number
}

/** All that is here is held against what the provider has so often. */
const COMPARE_MS = 24 * 3_600_000
/** A full provider, a full disk: looked at again after so long. */
const FULL_MS = 10 * 60_000
const LONGEST_RETRY_MS = 5 * 60_000
/** A file is written once in pieces and once as a whole before the pieces go; and so much stays free beside. */
const COPIES = 2
const SPARE_BYTES = 200 * 1024 * 1024
const TICK_MS = 1_000

export function openFileTransfer(deps: FileTransferDeps): FileTransfer {
  const { provider, depot, named, ledger, timer, now, report, retryMs = 2_000 } = deps
  const here = new Map<string, FileFacts>()
  const facts = {
    here,
    named: named.files,
    there: ledger.there,
    absent: new Set<string>(),
    asked: new Set<string>(),
    troubles: new Map<string, FileTrouble>(),
    onlyAsked: false as boolean,
    largest: LIMITS.fileBytes as number,
    full: { send: false, fetch: false },
  } satisfies TransferFacts
  /** Asked about in this run of the app, and not there. */
  const lacking = new Set<string>()
  let permission: TransferPermission = { files: false, records: false, onlyAsked: false }
  let listed = false
  let current: { readonly transfer: Transfer; done: number } | undefined
  /** Of what is asked or moved now. */
  let exchange = new AbortController()
  let tidied = false
  let working: Promise<void> | undefined
  let again = false
  let failures = 0
  let closed = false
  let ticks: Subscription | undefined
  let tickWait: (() => void) | undefined
  let retryWait: (() => void) | undefined
  const fullWaits = new Set<() => void>()
  let failure: Failure | null = null
  const moved = { send: 0, fetch: 0 }
  let planned: TransferPlan = planTransfers(facts)
  let stale = false
  const state$ = new BehaviorSubject<TransferState>(stateNow())

  function stateNow(): TransferState {
    const { next: _, ...plan } = planned
    const moving = current && {
      hash: current.transfer.hash,
      direction: current.transfer.direction,
      photo: current.transfer.photo,
      bytes: current.transfer.bytes,
      done: current.done,
    }
    return { ...plan, counted: listed && named.counted, moving: moving ?? null, moved: { ...moved }, failure }
  }
  function show(): void {
    if (!closed) state$.next(stateNow())
  }
  /** Many changes in one turn are one look. */
  function changed(): void {
    if (stale || closed) return
    stale = true
    queueMicrotask(() => {
      if (!stale || closed) return
      replan()
      show()
      kick()
    })
  }
  function replan(): TransferPlan {
    stale = false
    planned = planTransfers(facts)
    if (planned.send.files === 0) moved.send = 0
    if (planned.fetch.files === 0) moved.fetch = 0
    return planned
  }
  const askedFor = (hash: string) => facts.asked.has(hash)

  function kick(): void {
    if (closed || !permission.files || retryWait !== undefined) return
    if (working !== undefined) {
      again = true
      return
    }
    working = work()
      .catch(report)
      .finally(() => {
        working = undefined
        if (!again) return
        again = false
        kick()
      })
  }

  async function work(): Promise<void> {
    while (permission.files && !closed && retryWait === undefined) {
      exchange = new AbortController()
      const { signal } = exchange
      await tidy()
      const mayLook = permission.records || facts.asked.size > 0
      if (mayLook && !(await look(signal))) return
      const { next } = replan()
      show()
      if (next === null || (!permission.records && !askedFor(next.hash))) return
      current = { transfer: next, done: 0 }
      show()
      try {
        if (next.direction === 'send') await send(next, signal)
        else await fetch(next, signal)
      } finally {
        current = undefined
        replan()
        show()
      }
    }
  }

  /** What arrived of files that nobody names any more, once it is known that nobody does. */
  async function tidy(): Promise<void> {
    if (tidied || !listed || !named.counted) return
    tidied = true
    for (const hash of await depot.arriving()) if (here.has(hash) || !named.files.has(hash)) await depot.drop(hash)
  }

  /** Asks which of the files that nothing is known of are there. False: it could not be asked. */
  async function look(signal: AbortSignal): Promise<boolean> {
    const isDue = now() - ledger.comparedAt > COMPARE_MS || now() < ledger.comparedAt
    const unknown: string[] = []
    for (const hash of here.keys()) {
      if (isDue || (!ledger.there.has(hash) && !lacking.has(hash))) unknown.push(hash)
    }
    for (const hash of named.files.keys()) {
      if (!here.has(hash) && !facts.absent.has(hash) && !known.has(hash)) unknown.push(hash)
    }
    if (unknown.length === 0) return true
    const answer = await provider.files.has(unknown, signal)
    if (!answer.ok) return failed(answer.failure)
    const missing = new Set(answer.value.missing)
    facts.largest = answer.value.largest
    ledger.add(unknown.filter(hash => here.has(hash) && !missing.has(hash)))
    ledger.remove(missing)
    for (const hash of unknown) {
      if (here.has(hash)) {
        if (missing.has(hash)) lacking.add(hash)
      } else if (missing.has(hash)) facts.absent.add(hash)
      else known.add(hash)
    }
    if (isDue && listed) ledger.compared(now())
    succeeded()
    return true
  }
  /** Files of others that the provider was found to have. */
  const known = new Set<string>()

  async function send(transfer: Transfer, signal: AbortSignal): Promise<void> {
    const { hash } = transfer
    let result: Result<null>
    try {
      const file = await depot.open(hash)
      if (file === undefined) {
        here.delete(hash)
        return
      }
      try {
        result = await provider.files.put(hash, file.bytes, file.read, signal, done => progress(hash, done))
      } finally {
        await file.close()
      }
    } catch (error) {
      facts.troubles.set(hash, troubleFrom(error))
      return
    }
    if (result.ok) {
      ledger.add([hash])
      lacking.delete(hash)
      facts.asked.delete(hash)
      moved.send += 1
      return succeeded()
    }
    if (signal.aborted) return
    const { code } = result.failure
    if (code === 'tooLarge' || code === 'fileDamaged') facts.troubles.set(hash, code)
    else if (code === 'providerFull') full('send')
    else failed(result.failure)
  }

  async function fetch(transfer: Transfer, signal: AbortSignal): Promise<void> {
    const { hash, bytes } = transfer
    try {
      let at = await depot.arrived(hash)
      progress(hash, at)
      if ((bytes - at) * COPIES + SPARE_BYTES > depot.room()) return full('fetch')
      let result: Result<null>
      try {
        result = await provider.files.get(
          hash,
          at,
          async chunk => {
            await depot.arrive(hash, at, chunk)
            at += chunk.byteLength
            progress(hash, at)
          },
          signal,
        )
      } finally {
        await depot.pause(hash)
      }
      if (signal.aborted) return
      // 'stale': all of it arrived before, and only its last word was missing; or it is longer than the file, and wrong.
      if (result.ok || result.failure.code === 'stale') {
        if (!(await depot.finish(hash))) {
          facts.troubles.set(hash, 'wrongContent')
          facts.asked.delete(hash)
          return
        }
        here.set(hash, transfer)
        ledger.add([hash])
        facts.asked.delete(hash)
        moved.fetch += 1
        return succeeded()
      }
      known.delete(hash)
      if (result.failure.code === 'notFound') facts.absent.add(hash)
      else failed(result.failure)
    } catch (error) {
      const trouble = troubleFrom(error)
      if (trouble === 'diskFull') return full('fetch')
      // What arrived cannot be read any more: from the beginning, when it is asked for again.
      facts.troubles.set(hash, trouble)
      await depot.drop(hash).catch(report)
    }
  }

  function progress(hash: string, done: number): void {
    if (current?.transfer.hash !== hash) return
    // The way is worth something: what breaks now is the first failure.
    if (done > current.done && current.done > 0) failures = 0
    current.done = done
    show()
  }

  function troubleFrom(error: unknown): FileTrouble {
    const found = deps.toFailure(error)
    if (found?.code === 'diskFull' || found?.code === 'fileDamaged') return found.code
    report(error)
    return 'internal'
  }

  /** A whole direction waits, for a person or for a while. */
  function full(direction: Direction): void {
    facts.full = { ...facts.full, [direction]: true }
    const cancel = timer(FULL_MS, () => {
      fullWaits.delete(cancel)
      facts.full = { ...facts.full, [direction]: false }
      changed()
    })
    fullWaits.add(cancel)
  }

  /** Of the way: all of it waits. */
  function failed(why: Failure): false {
    if (closed || !permission.files) return false
    failure = why
    failures += 1
    const told = why.code === 'retryAfter' ? Number(why.detail ?? 0) * 1000 : 0
    retryWait = timer(Math.max(told, Math.min(retryMs * 2 ** (failures - 1), LONGEST_RETRY_MS)), () => {
      retryWait = undefined
      changed()
    })
    show()
    return false
  }
  function succeeded(): void {
    failures = 0
    failure = null
  }
  /** What was given up for now is tried now. */
  function hurry(): void {
    retryWait?.()
    retryWait = undefined
    failures = 0
    for (const cancel of fullWaits) cancel()
    fullWaits.clear()
    facts.full = { send: false, fetch: false }
  }

  /** Somebody has written, or sent a file: what was not there may be now. */
  function heard(): void {
    if (facts.absent.size === 0) return
    tickWait ??= timer(TICK_MS, () => {
      tickWait = undefined
      facts.absent.clear()
      changed()
    })
  }

  async function list(): Promise<void> {
    for await (const { hash, bytes } of depot.list()) {
      if (closed) return
      if (!here.has(hash)) here.set(hash, { bytes, at: 0, photo: false })
    }
    listed = true
    changed()
  }
  const own = named.changed$.subscribe(changed)
  own.add(
    depot.changes$.subscribe(({ hash, bytes }) => {
      if (bytes === null) here.delete(hash)
      else if (!here.has(hash)) here.set(hash, { bytes, at: 0, photo: false })
      facts.troubles.delete(hash)
      changed()
    }),
  )
  list().catch(report)

  return {
    state$,
    get state() {
      return state$.value
    },
    allow(next) {
      const before = permission
      permission = next
      facts.onlyAsked = next.onlyAsked
      if (!next.files) {
        exchange.abort()
        retryWait?.()
        retryWait = undefined
        ticks?.unsubscribe()
        ticks = undefined
      } else {
        // A new permission: another network, more room, a person.
        if (!before.files) hurry()
        ticks ??= provider.ticks$.subscribe(heard)
        if (next.onlyAsked && current !== undefined && !askedFor(current.transfer.hash)) exchange.abort()
      }
      changed()
    },
    ask(hash) {
      if (here.has(hash)) return
      facts.asked.delete(hash)
      facts.asked.add(hash)
      facts.troubles.delete(hash)
      facts.absent.delete(hash)
      hurry()
      if (current !== undefined && current.transfer.hash !== hash) exchange.abort()
      changed()
    },
    place(hash) {
      const isHere = here.has(hash)
      const file = here.get(hash) ?? named.files.get(hash)
      const there = ledger.there.has(hash) || known.has(hash)
      const direction = isHere ? 'send' : 'fetch'
      return {
        hash,
        here: isHere,
        there,
        moving:
          current?.transfer.hash === hash
            ? { direction: current.transfer.direction, done: current.done, total: current.transfer.bytes }
            : null,
        asked: !isHere && askedFor(hash),
        trouble: file === undefined || (isHere && there) ? null : troubleOf(facts, hash, file, direction),
      }
    },
    async close() {
      closed = true
      own.unsubscribe()
      ticks?.unsubscribe()
      tickWait?.()
      retryWait?.()
      for (const cancel of fullWaits) cancel()
      exchange.abort()
      await working
      await ledger.flush()
      state$.complete()
    },
  }
}
