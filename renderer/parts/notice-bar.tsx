/** The undo bar: shows the newest notice and reads it aloud. It goes by itself, but not while it has focus or the pointer. */
import { useEffect, useState } from 'react'
import { X } from 'lucide-react'
import { useApp, useNotice } from '../app-context.ts'
import { words } from '../words/app.ts'
import { IconButton } from './button.tsx'
import { cx } from './cx.ts'
import styles from './notice-bar.module.css'

const SHOWN_FOR = 8_000

export function NoticeBar() {
  const { notices } = useApp()
  const notice = useNotice()
  const [held, setHeld] = useState(false)
  const id = notice?.id
  useEffect(() => {
    if (id === undefined || held) return
    const timer = setTimeout(() => notices.dismiss(id), SHOWN_FOR)
    return () => clearTimeout(timer)
  }, [id, held, notices])
  return (
    <div className={styles.place}>
      <div role="status" aria-live="polite" className="visually-hidden">
        {notice?.text}
      </div>
      {notice !== null && (
        <div
          className={cx(styles.bar, notice.tone === 'bad' && styles.bad)}
          onPointerEnter={() => setHeld(true)}
          onPointerLeave={() => setHeld(false)}
          onFocus={() => setHeld(true)}
          onBlur={() => setHeld(false)}
          key={notice.id}
        >
          <span className={styles.text}>{notice.text}</span>
          {notice.action !== null && (
            <button
              type="button"
              className={styles.action}
              onClick={() => {
                notices.dismiss(notice.id)
                notice.action?.run()
              }}
            >
              {notice.action.label}
            </button>
          )}
          <IconButton label={words.dismiss} className={styles.close ?? ''} onClick={() => notices.dismiss(notice.id)}>
            <X size={14} />
          </IconButton>
        </div>
      )}
    </div>
  )
}
