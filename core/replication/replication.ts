/**
 * Keeps a workspace and a provider the same, when it is told to. It starts, drains and aborts at the scheduler's word,
 * sends no byte while paused, and says "in sync" only after both sides' digests were equal and nothing waits (rule P7).
 */
import {
  auditTime,
  BehaviorSubject,
  combineLatest,
  map,
  merge,
  type Observable,
  Subject,
  type Subscription,
} from 'rxjs'
import type { SyncView } from '../model/api.ts'
import { equalDigests } from '../model/digest.ts'
import type { Failure } from '../model/failure.ts'
import { type CollectionName, COLLECTIONS } from '../model/protocol.ts'
import { LINEAGE } from '../database/going-back.ts'
import type { AnyDocument } from '../database/documents.ts'
import type { Workspace } from '../database/workspace.ts'
import { type Adapter, readNoted, replicate } from './adapter.ts'
import { type Channel, createChannel, WayFailed } from './channel.ts'
import type { Hash } from './content.ts'
import { forgetProvider } from './forget.ts'
import { type Listed, openList } from './lists.ts'
import { openLocalDigest } from './local-digest.ts'
import type { Provider } from './provider.ts'
import { realTimer, sleep, type Timer } from './timer.ts'
import { openWrittenSequences } from './written-sequences.ts'

export interface ReplicationOptions {
  readonly workspace: Workspace
  readonly provider: Provider
  /** Names the provider and its workspace; a change of it means that nothing is known to be there. */
  readonly identity: string
  readonly hash: Hash
  readonly now: () => number
  readonly timer?: Timer
  /** Documents in one page. */
  readonly pageRows?: number
  /** Wait before a failed exchange is tried again, as long as the scheduler lets it run. */
  readonly retryMs?: number
  /** Asks for news although nobody told of any; a tick can be lost on the way (rule P1). */
  readonly watchdogMs?: number
}

export interface ReplicationState {
  readonly running: boolean
  readonly progress: SyncView['progress']
  /** Changes of records, types and devices sent and received since this was opened. */
  readonly moved: { readonly sent: number; readonly received: number }
  readonly inSync: boolean
  readonly lastSyncAt: number | null
  /** Why the last exchange failed; null after one that did not. */
  readonly failure: Failure | null
  readonly parked: readonly Listed[]
  readonly quarantined: readonly Listed[]
}

export interface Replication {
  readonly state$: Observable<ReplicationState>
  readonly state: ReplicationState
  /** Begins or goes on; live until told otherwise. */
  start(): Promise<void>
  /** Lets the requests that are on their way end, and begins no other. */
  drain(): Promise<void>
  /** Ends everything now; safe at any byte (rule P9). */
  abort(): Promise<void>
  /** Asks for news now, without waiting for a tick. */
  resync(): void
  /** Offers what is parked once more, and asks for what is quarantined, at once or with the next run. */
  retryHeld(): Promise<void>
  close(): Promise<void>
}

interface Run {
  readonly controller: AbortController
  readonly adapters: Map<CollectionName, Adapter>
  readonly resync$: Subject<'RESYNC'>
  readonly subscriptions: Subscription[]
  /** Calls off what is to be done later. */
  readonly waits: Set<() => void>
  /** Exchanges on their way now. */
  open: number
  /** The first exchange of everything is over and RxDB has nothing to do. */
  atRest: boolean
  draining: boolean
  ended: boolean
}

const LAST_SYNC = 'replication.lastSyncAt'
const BINDING = 'replication.identity'
/** The state of the database that was last compared with the provider as a whole. */
const MET = 'replication.lineage'
/** History first: it tells what a value was replaced by. */
const MEETING: readonly CollectionName[] = ['history', 'types', 'devices', 'records']
const DRAIN_MS = 10_000
const IDLE_MS = 40
/** How often two digests may differ, with nothing happening on this side, before every document is compared. */
const PATIENCE = 2

class RunEnded extends Error {
  override readonly name = 'RunEnded'
}

export async function openReplication(options: ReplicationOptions): Promise<Replication> {
  const { workspace, provider, identity, hash, now, timer = realTimer } = options
  const { pageRows = 500, retryMs = 5_000, watchdogMs = 45_000 } = options
  const { settings, context } = workspace
  const { report } = context
  const parked = await openList(settings, 'replication.parked')
  const quarantined = await openList(settings, 'replication.quarantined')

  const binding = await settings.get(BINDING)
  if (binding !== undefined && binding !== identity) {
    await forgetProvider(context.tables, timer)
    await parked.clear()
    await quarantined.clear()
    await settings.set('replication.digest', null)
    await settings.set(LAST_SYNC, null)
  }
  if (binding !== identity) await settings.set(BINDING, identity)

  const written = await openWrittenSequences(settings)
  if (binding !== identity) await written.clear()
  const lineage = await settings.get(LINEAGE)
  let isOlder = lineage !== undefined && lineage !== (await settings.get(MET))
  if (isOlder) await settings.set('replication.digest', null)
  const digest = await openLocalDigest(workspace, quarantined, timer)
  const last = await settings.get(LAST_SYNC)
  const inner = new BehaviorSubject<Omit<ReplicationState, 'parked' | 'quarantined'>>({
    running: false,
    progress: null,
    moved: { sent: 0, received: 0 },
    inSync: false,
    lastSyncAt: typeof last === 'number' ? last : null,
    failure: null,
  })
  const counters = { sent: 0, received: 0, bytesAt: 0 }
  let bytes = 0
  let run: Run | undefined
  let turn: Promise<void> = Promise.resolve()
  let settling = false
  let settleAgain = false
  let differing = { text: '', times: 0 }
  /** To be compared document by document, because a person asked for what is quarantined. */
  const wanted = new Set<CollectionName>()

  const channels = new Map<CollectionName, Channel>()
  for (const collection of COLLECTIONS) {
    const deps = {
      workspace,
      provider,
      hash,
      timer,
      now,
      parked,
      quarantined,
      written,
      noted: async (of: CollectionName, ids: readonly string[]) => {
        const adapter = run?.adapters.get(of)
        return adapter === undefined || run?.ended === true ? new Map<string, AnyDocument>() : readNoted(adapter, ids)
      },
      signal: () => run?.controller.signal ?? AbortSignal.abort(),
      sent: (documents: number) => progress(collection, 'send', documents),
      received: (documents: number) => progress(collection, 'receive', documents),
    }
    channels.set(collection, createChannel(collection, deps))
  }
  const own = [
    provider.bytes$.subscribe(({ sent, received }) => {
      bytes = sent + received
    }),
    merge(...COLLECTIONS.map(collection => channelOf(collection).table.changes$)).subscribe(changes => {
      if (inner.value.inSync && changes.some(({ after }) => after?.unsent === 1)) set({ inSync: false })
    }),
  ]

  function channelOf(collection: CollectionName): Channel {
    const channel = channels.get(collection)
    if (channel === undefined) throw new Error(`no channel for ${collection}`)
    return channel
  }

  function set(change: Partial<ReplicationState>): void {
    inner.next({ ...inner.value, ...change })
  }

  function progress(collection: CollectionName, direction: 'send' | 'receive', documents: number): void {
    if (documents === 0) return
    // History goes along with what it is the history of.
    if (collection !== 'history') {
      const { sent, received } = inner.value.moved
      const moved =
        direction === 'send' ? { sent: sent + documents, received } : { sent, received: received + documents }
      set({ moved })
    }
    if (direction === 'send') counters.sent += documents
    else counters.received += documents
    const done = direction === 'send' ? counters.sent : counters.received
    set({ progress: { direction, done, total: null, bytes: bytes - counters.bytesAt } })
  }

  function resetProgress(): void {
    counters.sent = 0
    counters.received = 0
    counters.bytesAt = bytes
    if (inner.value.progress !== null) set({ progress: null })
  }

  /** Every exchange of a run goes through here: none begins once it drains, and a failure of the way is shown. */
  async function guard<T>(mine: Run, exchange: () => Promise<T>): Promise<T> {
    if (mine.draining || mine.ended) throw new RunEnded()
    mine.open += 1
    try {
      const result = await exchange()
      if (inner.value.failure !== null) set({ failure: null })
      return result
    } catch (error) {
      if (error instanceof WayFailed && !mine.ended) set({ failure: error.failure, inSync: false })
      else if (!(error instanceof WayFailed) && !(error instanceof RunEnded)) report(error)
      throw error
    } finally {
      mine.open -= 1
    }
  }

  /** Runs when RxDB has come to rest: offers what it has lost track of, then compares both sides. */
  async function settle(mine: Run): Promise<void> {
    if (settling) {
      settleAgain = true
      return
    }
    settling = true
    try {
      do {
        settleAgain = false
        await guard(mine, () => compare(mine))
      } while (settleAgain && !mine.ended && !mine.draining)
    } catch (error) {
      if (!mine.ended && !(error instanceof RunEnded)) later(mine, retryMs, () => void settle(mine))
    } finally {
      settling = false
    }
  }

  async function compare(mine: Run): Promise<void> {
    for (const collection of [...wanted]) {
      await channelOf(collection).reconcile()
      wanted.delete(collection)
    }
    for (const channel of channels.values()) await channel.offerUnsent()
    const theirs = await provider.digest(mine.controller.signal)
    if (!theirs.ok) throw new WayFailed(theirs.failure)
    const unlike: CollectionName[] = []
    for (const collection of COLLECTIONS) {
      if (!equalDigests(await digest.expect(collection), theirs.value.digests[collection])) unlike.push(collection)
    }
    // Told to end meanwhile: the workspace may be closed any moment.
    if (mine.ended) throw new RunEnded()
    resetProgress()
    if (unlike.length === 0) {
      differing = { text: '', times: 0 }
      for (const { overwritten } of channels.values()) await overwritten.keep()
      const waits = await countUnsent()
      if (mine.ended) throw new RunEnded()
      const at = now()
      set({ inSync: waits === 0, lastSyncAt: at })
      await settings.set(LAST_SYNC, at)
      if (waits === 0) await written.confirm()
      return
    }
    set({ inSync: false })
    const text = JSON.stringify(theirs.value)
    differing = text === differing.text ? { text, times: differing.times + 1 } : { text, times: 1 }
    if (differing.times < PATIENCE) {
      // Most likely somebody else has just written: take that in, then compare again.
      mine.resync$.next('RESYNC')
      later(mine, IDLE_MS * 5, () => void settle(mine))
      return
    }
    differing = { text: '', times: 0 }
    await digest.recount()
    await written.clear()
    for (const collection of unlike) await channelOf(collection).reconcile()
    later(mine, IDLE_MS, () => void settle(mine))
  }

  async function countUnsent(): Promise<number> {
    let count = 0
    for (const { table } of channels.values()) count += await table.count({ unsent: 1 })
    return count
  }

  function later(mine: Run, milliseconds: number, action: () => void): void {
    const cancel = timer(milliseconds, () => {
      mine.waits.delete(cancel)
      if (!mine.ended && !mine.draining) action()
    })
    mine.waits.add(cancel)
  }

  async function begin(): Promise<void> {
    const mine: Run = {
      controller: new AbortController(),
      adapters: new Map(),
      resync$: new Subject(),
      subscriptions: [],
      waits: new Set(),
      open: 0,
      atRest: false,
      draining: false,
      ended: false,
    }
    run = mine
    set({ running: true })
    resetProgress()
    follow(mine)
    connect(mine).catch(report)
  }

  /** Types and devices first: a record is shown by its type. Each wait ends with the run, or never. */
  async function connect(mine: Run): Promise<void> {
    await meetAgain(mine)
    for (const group of [['types', 'devices'] as const, ['history', 'records'] as const]) {
      if (mine.ended || mine.draining) return
      const adapters = group.map(collection => adapt(mine, collection))
      await Promise.all(adapters.map(adapter => adapter.awaitInitialReplication()))
    }
    if (!mine.ended && !mine.draining) watchRest(mine)
  }

  /**
   * An older state of this database has taken its place (rule P5): what RxDB remembers is as old as that, and so is what
   * counts as unsent. Every document is compared with the provider's, by their history, before RxDB offers anything.
   */
  async function meetAgain(mine: Run): Promise<void> {
    while (isOlder && !mine.ended && !mine.draining) {
      try {
        await parked.clear()
        await quarantined.clear()
        await written.clear()
        for (const collection of MEETING) await guard(mine, () => channelOf(collection).reconcile())
        await settings.set(MET, lineage ?? null)
        isOlder = false
      } catch (error) {
        if (!(error instanceof WayFailed) && !(error instanceof RunEnded)) throw error
        await sleep(timer, retryMs)
      }
    }
  }

  function adapt(mine: Run, collection: CollectionName): Adapter {
    const adapter = replicate({
      channel: channelOf(collection),
      parked,
      identity,
      pageRows,
      retryMs,
      resync$: mine.resync$,
      guard: exchange => guard(mine, exchange),
      now,
      report,
    })
    mine.adapters.set(collection, adapter)
    return adapter
  }

  /** Ticks and the watchdog, as RESYNC; many ticks at once are one. */
  function follow(mine: Run): void {
    const ticks = provider.ticks$.pipe(auditTime(10)).subscribe(() => {
      mine.resync$.next('RESYNC')
    })
    mine.subscriptions.push(ticks)
    const watch = (): void => {
      mine.resync$.next('RESYNC')
      // Never beside RxDB's own work: everything it is about to send would be sent twice.
      if (!inner.value.inSync && mine.atRest) void settle(mine)
      later(mine, watchdogMs, watch)
    }
    later(mine, watchdogMs, watch)
  }

  function watchRest(mine: Run): void {
    const active$ = combineLatest([...mine.adapters.values()].map(adapter => adapter.active$))
    let rest = 0
    mine.subscriptions.push(
      active$.pipe(map(active => active.some(Boolean))).subscribe(busy => {
        rest += 1
        const mark = rest
        mine.atRest = !busy
        if (!busy) later(mine, IDLE_MS, () => void (mark === rest && settle(mine)))
      }),
    )
  }

  async function end(mine: Run): Promise<void> {
    mine.ended = true
    for (const subscription of mine.subscriptions) subscription.unsubscribe()
    for (const cancel of mine.waits) cancel()
    mine.controller.abort()
    await Promise.all([...mine.adapters.values()].map(adapter => adapter.cancel()))
    mine.resync$.complete()
    for (const channel of channels.values()) await channel.acknowledgements.flush()
    if (run === mine) run = undefined
    resetProgress()
    set({ running: false })
  }

  /** One after the other: a start must not overtake the abort before it. */
  function enqueue(action: () => Promise<void>): Promise<void> {
    turn = turn.then(action).catch(report)
    return turn
  }

  function abort(): Promise<void> {
    const mine = run
    if (mine !== undefined) {
      mine.ended = true
      mine.controller.abort()
    }
    return enqueue(async () => {
      if (mine !== undefined) await end(mine)
    })
  }

  const state$ = combineLatest([inner, parked.items$, quarantined.items$]).pipe(
    map(([state, parkedItems, quarantinedItems]) => ({ ...state, parked: parkedItems, quarantined: quarantinedItems })),
  )
  return {
    state$,
    get state() {
      return { ...inner.value, parked: parked.items, quarantined: quarantined.items }
    },
    start: () =>
      enqueue(async () => {
        if (run?.draining === true) await end(run)
        if (run === undefined) await begin()
      }),
    drain: () => {
      const mine = run
      if (mine !== undefined) mine.draining = true
      return enqueue(async () => {
        if (mine === undefined || mine.ended) return
        for (const subscription of mine.subscriptions) subscription.unsubscribe()
        const step = 20
        for (let waited = 0; mine.open > 0 && waited < DRAIN_MS && !mine.ended; waited += step) await sleep(timer, step)
        // RxDB writes down what the last answer said.
        await sleep(timer, step)
        await end(mine)
      })
    },
    abort,
    resync() {
      run?.resync$.next('RESYNC')
    },
    async retryHeld() {
      for (const { collection } of quarantined.items) wanted.add(collection)
      await parked.clear()
      if (run !== undefined && run.atRest) void settle(run)
    },
    async close() {
      await abort()
      for (const subscription of own) subscription.unsubscribe()
      await digest.close()
      inner.complete()
      parked.close()
      quarantined.close()
    },
  }
}
