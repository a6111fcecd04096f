/** Bytes per day of the last two weeks as bars, with the same as a table for whoever does not see them. */
import { localDay } from '../../../core/model/activity.ts'
import type { ActivityView } from '../../../core/model/api.ts'
import { activityWords as words, duration } from '../../words/activity.ts'
import { byteSize, shortDay } from '../../words/times.ts'
import styles from './activity.module.css'

const SHOWN = 14
const DAY = 24 * 3600 * 1000

export function DayBars({ days, now }: { readonly days: ActivityView['days']; readonly now: number }) {
  const known = new Map(days.map(day => [day.day, day]))
  const shown = Array.from({ length: SHOWN }, (_, index) => {
    // Noon: a day that is an hour shorter or longer is still the right one.
    const at = new Date(now).setHours(12, 0, 0, 0) - (SHOWN - 1 - index) * DAY
    const day = localDay(at)
    return { at, ...(known.get(day) ?? { day, bytesSent: 0, bytesReceived: 0, activeMs: 0 }) }
  })
  const most = Math.max(1, ...shown.map(({ bytesSent, bytesReceived }) => bytesSent + bytesReceived))
  return (
    <section aria-labelledby="activity-days">
      <h2 className={styles.heading} id="activity-days">
        {words.days}
      </h2>
      <div className={styles.bars} aria-hidden>
        {shown.map(({ at, day, bytesSent, bytesReceived, activeMs }) => (
          <div
            key={day}
            className={styles.bar}
            title={`${shortDay(at)}: ${byteSize(bytesSent)} ↑ ${byteSize(bytesReceived)} ↓, ${duration(activeMs)}`}
          >
            <div className={styles.column}>
              <div className={styles.received} style={{ '--part': bytesReceived / most }} />
              <div className={styles.sent} style={{ '--part': bytesSent / most }} />
            </div>
            <span>{new Date(at).getDate()}</span>
          </div>
        ))}
      </div>
      <ul className={styles.legend} aria-hidden>
        <li>
          <span className={`${styles.dot} ${styles.sentDot}`} />
          {words.sent}
        </li>
        <li>
          <span className={`${styles.dot} ${styles.receivedDot}`} />
          {words.received}
        </li>
        <li className={styles.most}>{words.most(byteSize(most))}</li>
      </ul>
      <table className="visually-hidden" aria-labelledby="activity-days">
        <thead>
          <tr>
            <th scope="col">{words.day}</th>
            <th scope="col">{words.sent}</th>
            <th scope="col">{words.received}</th>
            <th scope="col">{words.active}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ at, day, bytesSent, bytesReceived, activeMs }) => (
            <tr key={day}>
              <th scope="row">{shortDay(at)}</th>
              <td>{byteSize(bytesSent)}</td>
              <td>{byteSize(bytesReceived)}</td>
              <td>{duration(activeMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
