/**
 * Syncing, put together: the scheduler's decisions drive replication with the hub, and both are shown. What a person chose
 * (hub, policy, pause) is kept in the database. It holds no rule of its own.
 */
import {
  auditTime,
  BehaviorSubject,
  combineLatest,
  distinctUntilChanged,
  firstValueFrom,
  map,
  of,
  shareReplay,
  switchMap,
  type Observable,
} from 'rxjs'
import type { Workspace } from '../../core/database/workspace.ts'
import { fail, succeed, type Result } from '../../core/model/failure.ts'
import { parsePairingCode } from '../../core/model/protocol.ts'
import type { ProbeReading, Run, SchedulePolicy, Work } from '../../core/model/schedule.ts'
import type { SyncControl } from '../ipc/sync.ts'
import { openScheduler, type Verdict } from '../scheduler/loop.ts'
import { wallTimer, type Probe } from '../scheduler/probe.ts'
import { followProvider } from '../scheduler/provider-state.ts'
import { forgetConnection, keepConnection, readConnection } from './connection.ts'
import { openFileSync, type Depot } from './file-sync.ts'
import { openLink, pair, signOff, type Link } from './link.ts'
import { openActivity } from './activity.ts'
import { openChoices } from './choices.ts'
import { toSyncView } from './sync-view.ts'
import { watchTroubles } from './troubles.ts'

export interface SyncDeps {
  readonly workspace: Workspace
  /** This laptop's photos and files. */
  readonly depot: Promise<Depot>
  readonly probe: Probe
  readonly suspended$: Observable<boolean>
  readonly suggestedDeviceName: string
  readonly now: () => number
  /** 0 to 1, for jitter. */
  readonly random: () => number
  readonly report: (error: unknown) => void
}

export interface Sync extends SyncControl {
  /** As it was read last. */
  power(): Pick<ProbeReading, 'power' | 'level'>
  close(): Promise<void>
}

/** Fast enough to look immediate; a sync of thousands of records must not flood the page. */
const SHOWN_EVERY_MS = 60
const NOTHING = { sent: 0, received: 0 }

export async function openSync(deps: SyncDeps): Promise<Sync> {
  const { workspace, now, report } = deps
  const { settings, records } = workspace
  const choices = await openChoices(settings)
  const link$ = new BehaviorSubject<Link | null>(null)
  const waiting$ = records.waiting$.pipe(shareReplay({ bufferSize: 1, refCount: true }))
  const replication$ = link$.pipe(switchMap(link => link?.replication.state$ ?? of(null)))
  const bytes$ = link$.pipe(switchMap(link => link?.provider.bytes$ ?? of(NOTHING)))
  const troubles$$ = link$.pipe(map(link => link && watchTroubles(link.replication.state$)))
  const provider$ = followProvider(troubles$$, { now, random: deps.random }).pipe(
    shareReplay({ bufferSize: 1, refCount: true }),
  )

  /** "Fetch now anyway": only what was asked for, until that permission ends. */
  const onlyAsked$ = new BehaviorSubject(false)
  const mayMoveFiles$ = new BehaviorSubject(false)
  const fileSync = openFileSync({
    workspace,
    depot: deps.depot,
    link$,
    permission$: combineLatest([mayMoveFiles$, replication$, onlyAsked$]).pipe(
      map(([files, state, onlyAsked]) => ({ files, records: state?.inSync ?? false, onlyAsked })),
      distinctUntilChanged((one, other) => JSON.stringify(one) === JSON.stringify(other)),
    ),
    now,
    report,
  })
  const traffic$ = fileSync.traffic$.pipe(shareReplay({ bufferSize: 1, refCount: true }))

  const work$: Observable<Work> = combineLatest([waiting$, replication$, traffic$]).pipe(
    map(([waiting, state, traffic]) => ({
      records: Math.max(0, waiting.records - (state?.parked.length ?? 0)),
      bytes: waiting.bytes,
      files: traffic === null ? 0 : traffic.send.files + traffic.fetch.files,
      smallest: null,
      oldestAt: null,
      inSync: state?.inSync ?? false,
      syncedAt: state?.lastSyncAt ?? null,
      // The hub tells of news on an open connection.
      live: true,
    })),
    distinctUntilChanged((one, other) => JSON.stringify(one) === JSON.stringify(other)),
  )
  const run$: Observable<Run | null> = replication$.pipe(
    map(state => state?.running ?? false),
    distinctUntilChanged(),
    // How much is on the wire is not known here, so a run is told to drain and what it has not begun stays.
    map(running => (running ? { mode: 'full', batchBytes: 0, files: false } : null)),
  )

  const scheduler = openScheduler({
    probe: deps.probe,
    now,
    utcOffset: at => -new Date(at).getTimezoneOffset(),
    timer: wallTimer,
    policy$: choices.policy$,
    pause$: choices.pause$,
    provider$,
    work$,
    run$,
    suspended$: deps.suspended$,
    act({ action }) {
      const replication = link$.value?.replication
      if (replication === undefined) return
      const done =
        action === 'start' ? replication.start() : action === 'drain' ? replication.drain() : replication.abort()
      done.catch(report)
    },
  })
  let reading: ProbeReading | undefined
  let decided: Verdict['decision'] | undefined
  const readings = scheduler.verdicts$.subscribe(({ reading: read, decision }) => {
    reading = read
    mayMoveFiles$.next(decision.files)
    // After it: else all others would begin for a moment.
    if (decided?.reason === 'override' && decision.reason !== 'override') onlyAsked$.next(false)
    decided = decision
  })
  let charged = 0
  const charging = bytes$.subscribe(({ sent, received }) => {
    const total = sent + received
    scheduler.charge(Math.max(0, total - charged))
    charged = total
  })

  const activity = await openActivity({ settings, now, timer: wallTimer, report })
  const noting = combineLatest([scheduler.verdicts$, link$, replication$, bytes$])
    .pipe(auditTime(SHOWN_EVERY_MS))
    .subscribe(([verdict, link, state, bytes]) => {
      if (link === null || state === null) return
      activity.note({
        at: now(),
        reason: verdict.decision.reason,
        running: state.running,
        inSync: state.inSync,
        failure: state.failure?.code ?? null,
        provider: link.provider.describe().host,
        sent: state.moved.sent,
        received: state.moved.received,
        bytesSent: bytes.sent,
        bytesReceived: bytes.received,
      })
    })

  const view$ = combineLatest([scheduler.verdicts$, link$, replication$, waiting$, bytes$, traffic$]).pipe(
    auditTime(SHOWN_EVERY_MS),
    map(([verdict, link, replication, waiting, bytes, files]) =>
      toSyncView({
        verdict,
        provider: link?.provider.describe() ?? null,
        replication,
        trouble: verdict.provider.trouble,
        waiting,
        bytes,
        files,
      }),
    ),
    distinctUntilChanged((one, other) => JSON.stringify(one) === JSON.stringify(other)),
    shareReplay({ bufferSize: 1, refCount: true }),
  )

  // Pairing and leaving one after the other, whatever the page asks for.
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(action: () => Promise<T>): Promise<T> => {
    const next = turn.then(action)
    turn = next.catch(() => undefined)
    return next
  }
  const unlink = async () => {
    const link = link$.value
    link$.next(null)
    await link?.close()
  }
  const connected = (): Result<null> => (link$.value === null ? fail('notConnected') : succeed(null))

  const stored = await readConnection(settings)
  if (stored !== undefined) link$.next(await openLink(workspace, stored, now))

  return {
    view$,
    activity$: activity.view$,
    pair: text =>
      inTurn(async () => {
        const code = parsePairingCode(text)
        if (code === undefined) return fail('badPairingCode')
        const own = await firstValueFrom(workspace.devices.own$)
        const paired = await pair(code, own ?? { id: workspace.device, name: deps.suggestedDeviceName })
        if (!paired.ok) return paired
        const left = await readConnection(settings)
        await unlink()
        await keepConnection(settings, paired.value.connection)
        const link = await openLink(workspace, paired.value.connection, now, paired.value.transport)
        link$.next(link)
        // Another hub: the token of the one before is of no use any more. Anew at the same one, it has been replaced.
        if (left !== undefined && left.workspace !== paired.value.connection.workspace) await signOff(left)
        return succeed(link.provider.describe())
      }),
    leave: () =>
      inTurn(async () => {
        const was = connected()
        const left = await readConnection(settings)
        await forgetConnection(settings)
        await unlink()
        // Away from the hub it is left all the same; an administrator or another laptop can end the token later.
        if (left !== undefined) await signOff(left)
        return was
      }),
    once() {
      onlyAsked$.next(false)
      scheduler.syncOnce()
      return Promise.resolve(connected())
    },
    filePlaces$: fileSync.places$,
    fetchFile(hash, anyway) {
      const was = connected()
      if (!was.ok) return Promise.resolve(was)
      fileSync.ask(hash)
      if (anyway && decided !== undefined && decided.mode !== 'full') {
        onlyAsked$.next(true)
        scheduler.syncOnce()
      }
      return Promise.resolve(was)
    },
    async pause(until) {
      await choices.setPause({ until })
      scheduler.cancelOnce()
      return succeed(null)
    },
    async resume() {
      await choices.setPause(null)
      return succeed(null)
    },
    async treatNetwork(as) {
      const { reading } = await firstValueFrom<Verdict>(scheduler.verdicts$)
      if (reading.networkId === null) return fail('notFound', 'network')
      const { [reading.networkId]: _forgotten, ...others } = choices.policy.networks
      const networks = as === 'detect' ? others : { ...others, [reading.networkId]: as }
      await choices.setPolicy({ ...choices.policy, networks })
      return succeed(null)
    },
    policy: () => choices.policy,
    async setPolicy(policy: SchedulePolicy) {
      await choices.setPolicy(policy)
      return succeed(null)
    },
    async retryHeld() {
      await link$.value?.replication.retryHeld()
      return connected()
    },
    power: () => ({ power: reading?.power ?? 'unknown', level: reading?.level ?? null }),
    async close() {
      readings.unsubscribe()
      scheduler.close()
      charging.unsubscribe()
      noting.unsubscribe()
      await turn
      await fileSync.close()
      await unlink()
      await activity.close()
      await deps.probe.close()
    },
  }
}
