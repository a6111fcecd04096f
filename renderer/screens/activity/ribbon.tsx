/** Why syncing ran or did not over the last 24 hours, as a coloured strip and, for whoever does not see it, as a list. */
import { useMemo } from 'react'
import type { ActivityView } from '../../../core/model/api.ts'
import { cx } from '../../parts/cx.ts'
import { activityWords as words, reasonName } from '../../words/activity.ts'
import { clockTime, relativeTime } from '../../words/times.ts'
import styles from './activity.module.css'
import { stretches } from './stretches.ts'

export function Ribbon({ reasons, now }: { readonly reasons: ActivityView['reasons']; readonly now: number }) {
  const parts = useMemo(() => stretches(reasons, now), [reasons, now])
  const first = parts[0]
  if (first === undefined) return null
  return (
    <section aria-labelledby="activity-ribbon">
      <h2 className={styles.heading} id="activity-ribbon">
        {words.ribbon}
      </h2>
      <ol className={styles.ribbon}>
        {parts.map(({ from, to, reason }) => {
          const { name, tone } = reason === null ? { name: words.off, tone: 'none' } : reasonName(reason)
          const text = words.from(name, clockTime(from), clockTime(to))
          return (
            <li key={from} className={cx(styles.part, styles[tone])} style={{ '--share': to - from }} title={text}>
              <span className="visually-hidden">{text}</span>
            </li>
          )
        })}
      </ol>
      <div className={styles.scale} aria-hidden>
        <span>{relativeTime(first.from, now)}</span>
        <span>{clockTime(now)}</span>
      </div>
      <Legend parts={parts} />
    </section>
  )
}

/** The longest first; a name for each colour that shows. */
function Legend({ parts }: { readonly parts: ReturnType<typeof stretches> }) {
  const spans = new Map<string, { tone: string; ms: number }>()
  for (const { from, to, reason } of parts) {
    if (reason === null) continue
    const { name, tone } = reasonName(reason)
    spans.set(name, { tone, ms: (spans.get(name)?.ms ?? 0) + to - from })
  }
  const longest = [...spans].sort(([, one], [, other]) => other.ms - one.ms).slice(0, 5)
  return (
    <ul className={styles.legend} aria-hidden>
      {longest.map(([name, { tone }]) => (
        <li key={name}>
          <span className={cx(styles.dot, styles[tone])} />
          {name}
        </li>
      ))}
    </ul>
  )
}
