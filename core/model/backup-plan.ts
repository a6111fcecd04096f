/**
 * Which backups are kept and when the next one is due. Pure; times are milliseconds since the epoch. Only backups that were
 * made by themselves are ever let go: what a person asked for, and what was replaced, stays until a person removes it.
 */

/** daily: made by itself. asked: a person's. replaced: the database that a restored backup took the place of. */
export const BACKUP_KINDS = ['daily', 'asked', 'replaced'] as const
export type BackupKind = (typeof BACKUP_KINDS)[number]

export interface KeptBackup {
  /** Unique among the backups. */
  readonly file: string
  readonly at: number
  readonly kind: BackupKind
}

const DAY = 24 * 3600 * 1000
const WEEK = 7 * DAY
export const DAILY_KEPT = 7
export const WEEKLY_KEPT = 4
/** A backup that says it is made later than this from now was made by a clock that has been set back since. */
const AHEAD = DAY

/**
 * Milliseconds until the next backup is due; 0: now. A backup dated in the future does not put it off: with a clock that was
 * set back there would be none for as long.
 */
export function dueIn(backups: readonly KeptBackup[], now: number): number {
  const newest = backups
    .filter(({ kind, at }) => kind !== 'replaced' && at <= now + AHEAD)
    .reduce((latest, { at }) => Math.max(latest, at), -Infinity)
  return Math.min(DAY, Math.max(0, newest + DAY - now))
}

/**
 * The daily backups to let go: kept are the newest of each of the last 7 days that have one, and the newest of each of the
 * last 4 weeks that have one. Counted among the backups themselves and not back from now, so that neither a laptop that
 * was off for a year nor a clock set forward empties the shelf.
 */
export function letGo(backups: readonly KeptBackup[]): readonly string[] {
  const daily = backups
    .filter(({ kind }) => kind === 'daily')
    .sort((one, other) => other.at - one.at || (one.file < other.file ? 1 : -1))
  const kept = new Set([...newestPer(daily, DAY, DAILY_KEPT), ...newestPer(daily, WEEK, WEEKLY_KEPT)])
  return daily.filter(({ file }) => !kept.has(file)).map(({ file }) => file)
}

/** `backups` come newest first. */
function newestPer(backups: readonly KeptBackup[], span: number, most: number): readonly string[] {
  const newestBySpan = new Map<number, string>()
  for (const { at, file } of backups) {
    const index = Math.floor(at / span)
    if (!newestBySpan.has(index)) newestBySpan.set(index, file)
  }
  return [...newestBySpan.values()].slice(0, most)
}
