/** A calm message in the middle of an empty place, with what to do next. */
import type { ReactNode } from 'react'
import styles from './empty-state.module.css'

export function EmptyState({
  icon,
  title,
  body,
  children,
}: {
  readonly icon?: ReactNode
  readonly title: string
  readonly body?: string
  readonly children?: ReactNode
}) {
  return (
    <div className={styles.wrap}>
      <div className={styles.box}>
        {icon !== undefined && <div className={styles.icon}>{icon}</div>}
        <h2 className={styles.title}>{title}</h2>
        {body !== undefined && <p className={styles.body}>{body}</p>}
        {children !== undefined && <div className={styles.actions}>{children}</div>}
      </div>
    </div>
  )
}
