/** Puts changes that one device made in one go together, as a person would tell them. Pure; it keeps every change, in order. */
import type { HistoryItem } from '../../../core/model/api.ts'
import type { DeviceId } from '../../../core/model/record.ts'

export interface HistoryGroup {
  /** The newest change's id. */
  readonly id: string
  readonly device: DeviceId
  readonly deviceName: string | undefined
  /** When its newest change was made. */
  readonly at: number
  /** Newest first. */
  readonly items: readonly HistoryItem[]
}

/** Two changes of one device further apart than this are told apart. */
const ONE_GO_MS = 15 * 60_000

/** `items` newest first. */
export function groupHistory(items: readonly HistoryItem[]): readonly HistoryGroup[] {
  const groups: { id: string; device: DeviceId; deviceName: string | undefined; at: number; items: HistoryItem[] }[] =
    []
  for (const item of items) {
    const last = groups.at(-1)
    const previous = last?.items.at(-1)
    const joins =
      last?.device === item.replacedBy && Math.abs((previous?.replacedAt ?? 0) - item.replacedAt) <= ONE_GO_MS
    if (last !== undefined && joins) last.items.push(item)
    else {
      const { id, replacedBy: device, replacedByName: deviceName, replacedAt: at } = item
      groups.push({ id, device, deviceName, at, items: [item] })
    }
  }
  return groups
}
