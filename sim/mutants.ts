/**
 * Programs and hubs that are broken on purpose, each in one way. The simulation has to notice every one of them; a patch
 * that no longer fits its source fails loudly, so that none of them can quietly become the real program.
 */
import type { Patch } from './bundle.ts'
import type { HubOptions } from './world/hub.ts'

export interface Mutant {
  readonly name: string
  readonly patches?: readonly Patch[]
  readonly wrapHub?: NonNullable<HubOptions['wrap']>
}

const CHANNEL = 'core/replication/channel.ts'
const ADAPTER = 'core/replication/adapter.ts'
const REPLICATION = 'core/replication/replication.ts'
const ACKNOWLEDGEMENTS = 'core/replication/acknowledgements.ts'
const MERGE = 'core/model/merge.ts'

/** The last line of defence, under which others can be shown to hold on their own. */
const NO_REPAIR: Patch = {
  file: REPLICATION,
  find: 'for (const collection of unlike) await channelOf(collection).reconcile()',
  put: '',
}
const NO_OFFER: Patch = {
  file: REPLICATION,
  find: 'for (const channel of channels.values()) await channel.offerUnsent()',
  put: '',
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'hub: no compare-and-set, the last push wins',
    wrapHub: storage => ({
      ...storage,
      async push(request) {
        const first = await storage.push(request)
        if (!first.ok) return first
        const current = new Map(
          first.value.answers.map(answer => [
            answer.id,
            answer.result === 'conflict' ? (answer.current?.h ?? null) : undefined,
          ]),
        )
        const rows = request.rows.map(row => ({ ...row, base: current.get(row.id) ?? row.base }))
        const second = await storage.push({ ...request, rows })
        return second.ok
          ? { ok: true, value: { ...second.value, written: second.value.written ?? first.value.written } }
          : second
      },
    }),
  },
  {
    name: 'hub: a repeated push is refused instead of "already there"',
    wrapHub: storage => ({
      ...storage,
      async push(request) {
        const pushed = await storage.push(request)
        if (!pushed.ok) return pushed
        const answers = pushed.value.answers.map(answer =>
          answer.result === 'dup' ? ({ id: answer.id, result: 'conflict', current: null } as const) : answer,
        )
        return { ok: true, value: { ...pushed.value, answers } }
      },
    }),
  },
  {
    name: 'hub: epoch ignored, a reader of another one goes on at its number (and no repair)',
    patches: [NO_REPAIR],
    wrapHub: storage => ({
      ...storage,
      async changes(request) {
        const now = await storage.digest(request.workspace)
        if (!now.ok || request.since === undefined) return storage.changes(request)
        let { seq } = request.since
        for (;;) {
          const page = await storage.changes({ ...request, since: { epoch: now.value.epoch, seq } })
          if (!page.ok || !page.value.restored || seq === 0) return page
          seq -= 1
        }
      },
    }),
  },
  {
    name: 'every tick and the watchdog are dropped',
    patches: [
      {
        file: ADAPTER,
        find: 'stream$: options.resync$.asObservable(),',
        put: 'stream$: { subscribe: () => ({ unsubscribe() {} }) },',
      },
    ],
  },
  {
    name: 'checkpoint moves past what others wrote (and no repair)',
    patches: [
      {
        file: 'core/replication/written-sequences.ts',
        find: 'while (own.has(seq + 1)) seq += 1',
        put: 'seq = Math.max(seq, ...own)',
      },
      NO_REPAIR,
    ],
  },
  {
    name: 'wall-clock checkpoint of what was sent (and nothing else offers)',
    patches: [
      {
        file: 'sim/device/storage.ts',
        find: 'const page = newer.slice(0, limit)',
        put: `const page = [...rows().values()].filter(({ document }) => document._meta.lwt > ((checkpoint as any)?.lwt ?? 0)).sort((a, b) => a.document._meta.lwt - b.document._meta.lwt).slice(0, limit)
        return { documents: page.map(({ document }) => document as any), checkpoint: { lwt: page.at(-1)?.document._meta.lwt ?? (checkpoint as any)?.lwt ?? 0 } as any }`,
      },
      {
        file: 'sim/device/storage.ts',
        find: 'eventBulk.checkpoint = { seq: disk.table(name).lastSeq }',
        put: 'eventBulk.checkpoint = { lwt: Math.max(...eventBulk.events.map(event => event.documentData._meta.lwt)) } as any',
      },
      NO_OFFER,
      NO_REPAIR,
    ],
  },
  {
    name: 'a conflict keeps this side and drops the other',
    patches: [
      {
        file: ADAPTER,
        find: 'return { ...united, _deleted: false }',
        put: 'return { ...ours, sent: theirs.sent, _deleted: false }',
      },
    ],
  },
  {
    name: 'merge without a base',
    patches: [
      { file: CHANNEL, find: 'content.merge(shared, ours, theirs', put: 'content.merge(undefined, ours, theirs' },
    ],
  },
  {
    name: "this device's own earlier edit is a clash",
    patches: [{ file: CHANNEL, find: '? await refineBase(tables, base, ours, theirs)', put: '? base' }],
  },
  {
    name: 'a merge outside RxDB forgets what both sides started from',
    patches: [
      {
        file: CHANNEL,
        find: 'uniteFrom(noted?.get(here.id), here, theirs)',
        put: 'uniteFrom(undefined, here, theirs)',
      },
    ],
  },
  {
    name: 'what waits is written over by a hub that was put back',
    patches: [
      {
        file: CHANNEL,
        find: 'const last = here.unsent === 0 ? here : held.get(here.id)',
        put: 'const last = here.unsent === 0 ? here : undefined',
      },
      {
        file: CHANNEL,
        find: 'else if (here?.unsent !== 1 || here.sent !== document.sent) {',
        put: 'else {',
      },
    ],
  },
  {
    name: 'a hub that was put back is simply believed',
    patches: [
      {
        file: CHANNEL,
        find: '&& goesBack(here, document)) await absorb(document)',
        put: '&& false) await absorb(document)',
      },
    ],
  },
  {
    name: 'digest counts and does not look at hashes',
    patches: [
      {
        file: 'core/model/digest.ts',
        find: 'return a.count === b.count && a.xor === b.xor',
        put: 'return a.count === b.count',
      },
    ],
  },
  {
    name: 'history is not written when states are merged',
    patches: [{ file: CHANNEL, find: 'await keepHistory(tables, replaced)', put: '' }],
  },
  {
    name: 'history is not written when a person edits',
    patches: [
      {
        file: 'core/database/table.ts',
        find: 'if (before !== undefined && changes.length > 0) await before(changes)',
        put: '',
      },
    ],
  },
  {
    name: 'history is written after the record',
    patches: [
      {
        file: 'core/database/table.ts',
        find: `        if (before !== undefined && changes.length > 0) await before(changes)
        const conflicts = await write(rows, CHANGE)`,
        put: `        const conflicts = await write(rows, CHANGE)
        if (before !== undefined && changes.length > 0) await before(changes)`,
      },
    ],
  },
  {
    name: 'stamps without the device that breaks a tie',
    patches: [{ file: 'core/model/clock.ts', find: '${mark}-${parts.device}`', put: '${mark}-same`' }],
  },
  {
    name: 'the clock is neither moved past what was received nor raised past what is replaced',
    patches: [
      { file: 'core/database/workspace.ts', find: 'for (const stamp of stamps) clock.observe(stamp)\n  })', put: '})' },
      {
        file: 'core/model/clock.ts',
        find: 'if (seen === undefined || stamp > seen) return stamp',
        put: 'return stamp',
      },
    ],
  },
  {
    name: 'settling closes every version of the record',
    patches: [
      {
        file: 'core/model/settle.ts',
        find: 'versions: record.versions.filter(version => !named.includes(version)),',
        put: 'versions: [],',
      },
    ],
  },
  {
    name: 'open versions are dropped when states are merged',
    patches: [{ file: MERGE, find: 'const kept = keepVersions(base, a, b)', put: 'const kept: Version[] = []' }],
  },
  {
    name: 'the loser of a clash is dropped',
    patches: [{ file: MERGE, find: 'opened.push(openVersion(slot, older,', put: 'void (openVersion(slot, older,' }],
  },
  {
    name: 'a partial page is taken for the last (and no repair)',
    patches: [
      {
        file: CHANNEL,
        find: 'if (!page.more || documents.length >= rows) return { documents, checkpoint: next }',
        put: 'return { documents, checkpoint: next }',
      },
      {
        file: REPLICATION,
        find: "mine.resync$.next('RESYNC')\n      later(mine, IDLE_MS * 5",
        put: 'later(mine, IDLE_MS * 5',
      },
      NO_REPAIR,
    ],
  },
  {
    name: 'what was refused is forgotten instead of parked',
    patches: [{ file: CHANNEL, find: 'await parked.add(refused)', put: '' }],
  },
  {
    name: 'an acknowledgement counts for what was edited since',
    patches: [
      { file: ACKNOWLEDGEMENTS, find: 'if (!same && stored.unsent === 0) return null', put: '' },
      { file: ACKNOWLEDGEMENTS, find: 'const unsent = same ? 0 : stored.unsent', put: 'const unsent = 0' },
    ],
  },
  {
    name: 'a restored laptop does not meet the hub again, and its clock goes back with it',
    patches: [
      { file: 'core/database/going-back.ts', find: 'await settings.set(LINEAGE, mark)', put: '' },
      {
        file: 'core/database/going-back.ts',
        find: 'if (carried?.clock !== undefined) context.clock.observe(carried.clock)',
        put: '',
      },
    ],
  },
]
