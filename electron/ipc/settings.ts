/** The page's own settings, kept on this laptop. The schema lets only keys of the page through (`page.`). */
import type { SettingStore } from '../../core/database/database.ts'
import { succeed } from '../../core/model/failure.ts'
import type { CallHandlers } from './handlers.ts'

export function settingCalls(settings: SettingStore): Pick<CallHandlers, 'settings.get' | 'settings.set'> {
  return {
    'settings.get': async ({ key }) => succeed((await settings.get(key)) ?? null),
    async 'settings.set'({ key, value }) {
      await settings.set(key, value)
      return succeed(null)
    },
  }
}
