/**
 * The devices of the workspace and this one's name. Names replicate like records, so that everybody reads "Office iMac"
 * instead of an id; a device is in the table from the moment it is named.
 */
import { BehaviorSubject } from 'rxjs'
import { deviceName, NAME_SLOT } from './device-name.ts'
import { editRecord } from '../model/edit.ts'
import { fail, succeed } from '../model/failure.ts'
import type { Device, DeviceId } from '../model/record.ts'
import { type Context, keepHistory } from './context.ts'
import type { DeviceStore } from './database.ts'
import type { StateDocument } from './documents.ts'
import { toTypeState, UNSENT } from './states.ts'
import type { Table } from './table.ts'

export interface DeviceNames {
  readonly nameOf: (device: DeviceId) => string | undefined
  readonly own$: BehaviorSubject<Device | null>
  close(): void
}

/** Follows the table, so that a name is known without waiting. */
export async function openDeviceNames(table: Table<StateDocument>, own: DeviceId): Promise<DeviceNames> {
  const names = new Map<DeviceId, string>()
  const own$ = new BehaviorSubject<Device | null>(null)
  function take(document: StateDocument): void {
    const name = deviceName(document)
    if (name === undefined) return
    names.set(document.id, name)
    if (document.id === own && own$.value?.name !== name) own$.next({ id: own, name })
  }
  const subscription = table.changes$.subscribe(changes => {
    for (const { after } of changes) if (after !== undefined) take(after)
  })
  for (const document of await table.find({})) take(document)
  return {
    nameOf: device => names.get(device),
    own$,
    close() {
      subscription.unsubscribe()
      own$.complete()
    },
  }
}

export function createDeviceStore(context: Context, names: DeviceNames): DeviceStore {
  const { tables, clock, device } = context
  return {
    own$: names.own$,
    nameOf: names.nameOf,
    async name(text) {
      const name = text.trim()
      if (name === '' || name.length > 200) return fail('invalidValue', 'name')
      const stamp = clock.stamp()
      const cells = { [NAME_SLOT]: { value: name, stamp } }
      const there = await tables.devices.insert([{ id: device, created: stamp, cells, versions: [], ...UNSENT }])
      if (there.size > 0) {
        await tables.devices.change(
          [device],
          document => {
            const edit = editRecord(toTypeState(document), NAME_SLOT, name, clock.stamp())
            if (edit.undo === undefined) return null
            return { document: { ...document, ...edit.record, unsent: 1 }, replaced: edit.replaced }
          },
          changes =>
            keepHistory(
              tables,
              changes.flatMap(({ replaced }) => replaced),
            ),
        )
      }
      return succeed({ id: device, name })
    },
  }
}
