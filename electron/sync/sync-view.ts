/** What the sync chip and its popover show, put together from the decision, replication and the provider. Pure. */
import type { FileTraffic, ProviderView, SyncView } from '../../core/model/api.ts'
import type { Failure } from '../../core/model/failure.ts'
import type { ReplicationState } from '../../core/replication/replication.ts'
import type { Verdict } from '../scheduler/loop.ts'

export interface SyncFacts {
  readonly verdict: Pick<Verdict, 'decision' | 'checks' | 'reading'>
  readonly provider: ProviderView | null
  /** null without a provider. */
  readonly replication: ReplicationState | null
  readonly trouble: Failure | null
  readonly waiting: { readonly records: number; readonly bytes: number }
  /** null without a provider. */
  readonly files: FileTraffic | null
  readonly bytes: { readonly sent: number; readonly received: number }
}

export function toSyncView(facts: SyncFacts): SyncView {
  const { verdict, replication, waiting, trouble } = facts
  const { decision, reading } = verdict
  return {
    reason: decision.reason,
    facts: {
      ...(reading.level === null ? {} : { battery: reading.level }),
      ...(reading.networkName === null ? {} : { networkName: reading.networkName }),
      ...(decision.until === null ? {} : { until: decision.until }),
      ...(trouble?.detail === undefined ? {} : { detail: trouble.detail }),
    },
    provider: facts.provider,
    waiting: facts.provider === null ? { records: 0, bytes: 0 } : waiting,
    progress: replication?.progress ?? null,
    files: facts.files,
    lastSyncAt: replication?.lastSyncAt ?? null,
    inSync: replication !== null && replication.inSync && waiting.records === 0,
    checks: verdict.checks,
    overridable: decision.overridable,
    parked: replication?.parked.map(toItem) ?? [],
    quarantined: replication?.quarantined.map(toItem) ?? [],
    bytesSent: facts.bytes.sent,
    bytesReceived: facts.bytes.received,
  }
}

function toItem({ collection, id, reason, at }: SyncView['parked'][number]): SyncView['parked'][number] {
  return { collection, id, reason, at }
}
