/** A dot and a few words about sync at the foot of the sidebar; opens the popover. Never colour alone. */
import { useRef } from 'react'
import { Popover } from 'react-aria-components/Popover'
import { useLive } from '../../api/use-live.ts'
import { useApp, useNow } from '../../app-context.ts'
import { cx } from '../../parts/cx.ts'
import { words } from '../../words/app.ts'
import { reasonWords } from '../../words/reasons.ts'
import styles from './sync-chip.module.css'
import SyncPopover from './sync-popover.tsx'

export function SyncChip() {
  const { route, go } = useApp()
  const sync = useLive('sync', null)
  const now = useNow()
  const button = useRef<HTMLButtonElement>(null)
  const said = sync === undefined ? undefined : reasonWords(sync, now)
  const status = said?.chip ?? words.sync.chip
  return (
    <>
      <button
        ref={button}
        type="button"
        className={styles.chip}
        aria-label={words.sidebar.sync(status)}
        aria-haspopup="dialog"
        aria-expanded={route.syncOpen}
        onClick={() => go({ to: 'sync', open: !route.syncOpen })}
      >
        <span className={cx(styles.dot, styles[said?.tone ?? 'quiet'])} aria-hidden />
        <span className={styles.words}>{status}</span>
      </button>
      <Popover
        triggerRef={button}
        isOpen={route.syncOpen && sync !== undefined}
        onOpenChange={open => go({ to: 'sync', open })}
        placement="top start"
        offset={8}
        className={styles.popover ?? ''}
      >
        {sync !== undefined && <SyncPopover sync={sync} />}
      </Popover>
    </>
  )
}
