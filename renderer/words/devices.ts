/** How a device is named on screen: by the name its user chose, and this laptop also as such. */
import type { AppInfo } from '../../core/model/api.ts'
import type { DeviceId } from '../../core/model/record.ts'
import { words } from './app.ts'

export interface Written {
  readonly device: DeviceId
  readonly deviceName: string | undefined
}

/** "Office iMac", or "another device" for one not met yet. */
export function deviceName(by: Written, info: AppInfo): string {
  if (by.deviceName !== undefined && by.deviceName !== '') return by.deviceName
  return by.device === info.device?.id ? info.device.name : words.anotherDevice
}

export function isThisLaptop(by: Written, info: AppInfo): boolean {
  return info.device !== null && by.device === info.device.id
}

/** "Field laptop (this laptop)" */
export function deviceLabel(by: Written, info: AppInfo): string {
  const name = deviceName(by, info)
  return isThisLaptop(by, info) ? `${name} (${words.thisLaptop})` : name
}
