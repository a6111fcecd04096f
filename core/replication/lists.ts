/**
 * Two lists that outlive a restart (rule P3): parked, what the provider refused to take, with the hash it really holds; and
 * quarantined, what came from the provider and does not fit. Nothing else ever waits for what is on them.
 */
import { BehaviorSubject, type Observable } from 'rxjs'
import type { SettingStore } from '../database/database.ts'
import type { ParkedItem } from '../model/api.ts'
import type { CollectionName } from '../model/protocol.ts'

export interface Listed extends ParkedItem {
  readonly collection: CollectionName
  /** Parked: hash of the state that was refused. Quarantined: hash the provider gave. */
  readonly h: string
  /** Parked: hash of what the provider holds, '' for nothing; the true base of the next offer. */
  readonly trueBase: string
}

export interface ItemList {
  readonly items$: Observable<readonly Listed[]>
  readonly items: readonly Listed[]
  get(collection: CollectionName, id: string): Listed | undefined
  add(items: readonly Listed[]): Promise<void>
  remove(collection: CollectionName, ids: readonly string[]): Promise<void>
  clear(): Promise<void>
  close(): void
}

/** Longer lists would mean that something is wrong with the provider, not with documents. */
const MAX_ITEMS = 1_000

export async function openList(settings: SettingStore, key: string): Promise<ItemList> {
  const stored = await settings.get(key)
  const start = Array.isArray(stored) ? (stored as unknown as readonly Listed[]) : []
  const items$ = new BehaviorSubject<readonly Listed[]>(start)
  let saving = Promise.resolve()

  function save(items: readonly Listed[]): Promise<void> {
    items$.next(items)
    // A disk that was full once must not stop what is kept later.
    saving = saving
      .catch(() => undefined)
      .then(() =>
        settings.set(
          key,
          items$.value.map(item => ({ ...item })),
        ),
      )
    return saving
  }
  const same = (item: Listed, collection: string, id: string): boolean =>
    item.collection === collection && item.id === id

  return {
    items$,
    get items() {
      return items$.value
    },
    get: (collection, id) => items$.value.find(item => same(item, collection, id)),
    async add(added) {
      if (added.length === 0) return
      const kept = items$.value.filter(item => !added.some(({ collection, id }) => same(item, collection, id)))
      await save([...kept, ...added].slice(-MAX_ITEMS))
    },
    async remove(collection, ids) {
      const kept = items$.value.filter(item => item.collection !== collection || !ids.includes(item.id))
      if (kept.length < items$.value.length) await save(kept)
    },
    clear: () => (items$.value.length === 0 ? Promise.resolve() : save([])),
    close() {
      items$.complete()
    },
  }
}
