/** One process per profile: a second start only brings the first one's window forward. */
import { app } from 'electron'

/** False when another Farfield has this profile open; the caller must then quit without touching anything. */
export function claimSingleInstance(onSecondStart: () => void): boolean {
  if (!app.requestSingleInstanceLock()) return false
  app.on('second-instance', onSecondStart)
  return true
}
