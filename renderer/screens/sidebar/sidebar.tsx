/** The way around: search, Needs you, all records, one row per record type, Recently deleted; the sync chip at the foot. */
import type { ReactNode } from 'react'
import { Inbox, Layers, Plus, Search, Settings, Trash2 } from 'lucide-react'
import { useLive } from '../../api/use-live.ts'
import { useApp } from '../../app-context.ts'
import { showKeys } from '../../commands/keys.ts'
import { IconButton } from '../../parts/button.tsx'
import { cx } from '../../parts/cx.ts'
import { TypeIcon } from '../../parts/type-icon.tsx'
import { words } from '../../words/app.ts'
import { count } from '../../words/times.ts'
import { SyncChip } from '../sync/sync-chip.tsx'
import styles from './sidebar.module.css'

/** `children`: work under way, above the sync chip. */
export function Sidebar({ children }: { readonly children?: ReactNode }) {
  const { route, go, mac } = useApp()
  const types = useLive('types', null)
  const counts = useLive('counts', null)
  const { place } = route
  const shownType = place.screen === 'records' && !place.view.deleted ? place.view.type : undefined
  const needsYou = counts?.needsYou ?? 0
  return (
    <nav className={styles.sidebar} aria-label={words.sidebar.label}>
      <div className={styles.top}>
        <button
          type="button"
          className={styles.search}
          onClick={() => go({ to: 'dialog', dialog: { name: 'palette' } })}
        >
          <Search size={14} aria-hidden />
          <span>{words.sidebar.search}</span>
          <kbd aria-hidden>{showKeys('Mod+K', mac)}</kbd>
        </button>
      </div>
      <div className={styles.rows}>
        <ul>
          {needsYou > 0 && (
            <Row
              icon={<Inbox size={16} strokeWidth={1.75} aria-hidden />}
              label={words.sidebar.needsYou}
              amount={needsYou}
              urgent
              current={place.screen === 'needsYou'}
              onPick={() => go({ to: 'needsYou', record: null })}
            />
          )}
          <Row
            icon={<Layers size={16} strokeWidth={1.75} aria-hidden />}
            label={words.sidebar.all}
            amount={counts?.all}
            current={shownType === null}
            onPick={() => go({ to: 'records', type: null })}
          />
        </ul>
        <div className={styles.group}>
          <h2 className={styles.groupTitle}>{words.sidebar.types}</h2>
          <IconButton
            label={words.sidebar.newType}
            className={styles.add ?? ''}
            onClick={() => go({ to: 'dialog', dialog: { name: 'type', type: null } })}
          >
            <Plus size={14} />
          </IconButton>
        </div>
        <ul>
          {types?.map(type => (
            <Row
              key={type.id}
              icon={<TypeIcon name={type.icon} />}
              label={type.name}
              amount={type.count ?? undefined}
              current={shownType === type.id}
              onPick={() => go({ to: 'records', type: type.id })}
              onEdit={() => go({ to: 'dialog', dialog: { name: 'type', type: type.id } })}
            />
          ))}
        </ul>
        <ul className={styles.last}>
          <Row
            icon={<Trash2 size={16} strokeWidth={1.75} aria-hidden />}
            label={words.sidebar.deleted}
            amount={counts?.deleted}
            current={place.screen === 'records' && place.view.deleted}
            onPick={() => go({ to: 'records', type: null, deleted: true })}
          />
        </ul>
      </div>
      {children}
      <div className={styles.foot}>
        <SyncChip />
        <IconButton
          label={words.sidebar.settings}
          hint={showKeys('Mod+,', mac)}
          aria-current={place.screen === 'settings' ? 'page' : undefined}
          onClick={() => go({ to: 'settings', section: 'general' })}
        >
          <Settings size={16} strokeWidth={1.75} />
        </IconButton>
      </div>
    </nav>
  )
}

interface RowProps {
  readonly icon: ReactNode
  readonly label: string
  readonly amount: number | undefined
  readonly current: boolean
  readonly urgent?: boolean
  readonly onPick: () => void
  readonly onEdit?: () => void
}

function Row({ icon, label, amount, current, urgent, onPick, onEdit }: RowProps) {
  return (
    <li>
      <button
        type="button"
        className={cx(styles.row, current && styles.current)}
        aria-current={current ? 'page' : undefined}
        onClick={onPick}
        onDoubleClick={onEdit}
      >
        <span className={styles.rowIcon}>{icon}</span>
        <span className={styles.rowLabel}>{label}</span>
        {amount !== undefined && amount > 0 && (
          <span className={cx(styles.amount, urgent && styles.urgent)}>{count(amount)}</span>
        )}
      </button>
    </li>
  )
}
