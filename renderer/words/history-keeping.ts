/** Words of Settings > Storage > Earlier values. */
import type { KeepingDays } from '../../core/model/history-keeping.ts'
import { calendarDay, plural } from './times.ts'

const DAY = 24 * 3600 * 1000

export const historyKeepingWords = {
  title: 'Earlier values',
  more: 'Whatever is replaced in a record is kept in its history, and so are photos and files that were removed from it. For how long?',
  spans: { ever: 'For ever', 1825: '5 years', 730: '2 years', 365: '1 year', 90: '3 months' },
  sure: (days: KeepingDays, values: number | undefined, now: number) => {
    const before = calendarDay(now - days * DAY)
    if (values === undefined) return `Counting what was replaced before ${before}…`
    if (values === 0) return `Nothing was replaced before ${before} yet. From now on values are let go of at that age.`
    return `${plural(values, 'value')} that ${values === 1 ? 'was' : 'were'} replaced before ${before} will be removed.`
  },
  what: 'They go from every laptop of this workspace, and for good; only backups made before still have them. That there was a change, by whom and when, stays in the history. What records show now, and what waits in Needs you, is not touched.',
  yes: (values: number) => (values === 0 ? 'Yes, do so' : 'Yes, remove them'),
  working: 'Removing…',
  did: (days: KeepingDays | null, values: number) =>
    days === null
      ? 'From now on every value is kept.'
      : values === 0
        ? 'Nothing had to be removed.'
        : `${plural(values, 'value')} removed.`,
}
