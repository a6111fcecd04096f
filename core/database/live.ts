/**
 * Turns "something changed" into fresh values: reads once at the start and again after changes, never two reads at a
 * time, and never misses a change that came during a read.
 */
import { Observable } from 'rxjs'

export function live<T>(changes$: Observable<unknown>, read: () => Promise<T>): Observable<T> {
  return new Observable<T>(subscriber => {
    let reading = false
    let stale = false
    async function refresh(): Promise<void> {
      stale = true
      if (reading) return
      reading = true
      try {
        while (stale && !subscriber.closed) {
          stale = false
          subscriber.next(await read())
        }
      } catch (error) {
        subscriber.error(error)
      } finally {
        reading = false
      }
    }
    const subscription = changes$.subscribe({
      next: () => void refresh(),
      error: error => {
        subscriber.error(error)
      },
      complete: () => {
        subscriber.complete()
      },
    })
    void refresh()
    return subscription
  })
}
