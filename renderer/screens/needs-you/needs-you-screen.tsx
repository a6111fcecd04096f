/**
 * Needs you: the list of same-field clashes and the choice for one of them. Not a modal, blocks nothing; opening changes
 * nothing; what another device settles meanwhile leaves by itself and says so.
 */
import { useEffect, useMemo, useRef, useState } from 'react'
import { CircleCheck } from 'lucide-react'
import type { TypeSummary } from '../../../core/model/api.ts'
import type { RecordId } from '../../../core/model/record.ts'
import { DELETION } from '../../../core/model/record.ts'
import { useLive } from '../../api/use-live.ts'
import { useApp, useCommands } from '../../app-context.ts'
import type { Command } from '../../commands/registry.ts'
import { cx } from '../../parts/cx.ts'
import { EmptyState } from '../../parts/empty-state.tsx'
import { TypeIcon } from '../../parts/type-icon.tsx'
import { words } from '../../words/app.ts'
import { deviceName, isThisLaptop } from '../../words/devices.ts'
import styles from './needs-you.module.css'
import type { Group, OpenClash } from './resolution.ts'
import { openClashes, recordsOf } from './resolution.ts'
import { Resolver } from './resolver.tsx'

const NO_TYPES: readonly TypeSummary[] = []

export default function NeedsYouScreen({ chosen }: { readonly chosen: RecordId | null }) {
  const { api, info, notices } = useApp()
  const types = useLive('types', null) ?? NO_TYPES
  const clashes = useLive('clashes', null)
  const open = useMemo(() => openClashes(clashes ?? []), [clashes])
  const [key, setKey] = useState<string | null>(null)
  const list = useRef<HTMLUListElement>(null)
  const found = open.findIndex(clash => clash.key === key)
  const at = found >= 0 ? found : open.findIndex(clash => clash.record.id === chosen)
  const lastAt = useRef(0)
  const current: OpenClash | undefined = open[at >= 0 ? at : Math.min(lastAt.current, open.length - 1)]
  const position = current === undefined ? 0 : open.indexOf(current)
  useEffect(() => {
    if (current === undefined) return
    lastAt.current = position
    setKey(current.key)
  }, [current, position])

  // A clash that leaves without our doing was settled elsewhere: say where.
  const settledHere = useRef(new Set<string>())
  const previous = useRef<readonly OpenClash[]>([])
  useEffect(() => {
    const gone = previous.current.filter(was => !open.some(clash => clash.key === was.key))
    previous.current = open
    for (const was of gone) {
      if (settledHere.current.delete(was.key)) continue
      const stop = api.watch('record', { id: was.record.id }, record => {
        queueMicrotask(() => stop())
        const cell = record?.cells[was.field]
        if (cell === undefined || isThisLaptop(cell, info)) return
        notices.show(words.needsYou.settledElsewhere(deviceName(cell, info)))
      })
    }
  }, [open, api, info, notices])

  const commands = useMemo<readonly Command[]>(() => {
    const step = (by: number) => () => {
      const next = open[Math.max(0, Math.min(open.length - 1, position + by))]
      if (next !== undefined) setKey(next.key)
    }
    return [
      { id: 'needs.next', title: words.needsYou.nextKey, group: 'Needs you', keys: ['J', 'ArrowDown'], run: step(1) },
      { id: 'needs.last', title: words.needsYou.lastKey, group: 'Needs you', keys: ['K', 'ArrowUp'], run: step(-1) },
      { id: 'needs.skip', title: words.needsYou.skip, group: 'Needs you', keys: ['S'], run: step(1) },
    ]
  }, [open, position])
  useCommands(commands)

  if (clashes === undefined) return null
  if (current === undefined)
    return (
      <EmptyState icon={<CircleCheck size={22} />} title={words.needsYou.emptyTitle} body={words.needsYou.emptyBody} />
    )
  const type = types.find(each => each.id === current.record.type)
  return (
    <div className={styles.screen}>
      <section className={styles.side} aria-label={words.needsYou.title}>
        <header className={styles.head}>
          <h1 className={styles.heading}>{words.needsYou.title}</h1>
          <p className={styles.intro}>{words.needsYou.intro}</p>
        </header>
        <ul className={styles.list} role="listbox" aria-label={words.needsYou.list} ref={list} tabIndex={-1}>
          {recordsOf(open).map(group => (
            <Item
              key={group[0].record.id}
              group={group}
              type={types.find(each => each.id === group[0].record.type)}
              chosen={group.some(clash => clash === current)}
              onPick={() => setKey(group[0].key)}
            />
          ))}
        </ul>
      </section>
      {type !== undefined && (
        <Resolver
          key={current.key}
          clash={current}
          type={type}
          at={position + 1}
          of={open.length}
          onSettling={() => settledHere.current.add(current.key)}
          onSettleFailed={() => settledHere.current.delete(current.key)}
          onSkip={() => {
            const next = open[(position + 1) % open.length]
            if (next !== undefined) setKey(next.key)
          }}
        />
      )}
    </div>
  )
}

interface ItemProps {
  readonly group: Group
  readonly type: TypeSummary | undefined
  readonly chosen: boolean
  readonly onPick: () => void
}

function Item({ group, type, chosen, onPick }: ItemProps) {
  const { info } = useApp()
  const { record } = group[0]
  const labels = group.map(clash =>
    clash.field === DELETION
      ? words.needsYou.deletionField
      : (type?.fields.find(each => each.id === clash.field)?.label ?? clash.field),
  )
  const devices = new Set(group.flatMap(clash => clash.versions.map(version => deviceName(version, info))))
  return (
    <li
      role="option"
      aria-selected={chosen}
      tabIndex={chosen ? 0 : -1}
      className={cx(styles.item, chosen && styles.chosen)}
      onClick={onPick}
    >
      <TypeIcon name={type?.icon ?? ''} size={15} />
      <span className={styles.itemText}>
        <span className={styles.itemTitle}>{record.title || words.records.untitled}</span>
        <span className={styles.itemSub}>
          {labels.join(', ')} · {[...devices].join(', ')}
        </span>
      </span>
    </li>
  )
}
