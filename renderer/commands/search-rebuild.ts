/** "Rebuild search": begins it and says how far it is, until it is done or has failed. */
import type { SearchIndexView } from '../../core/model/api.ts'
import type { Api } from '../api/connect.ts'
import type { App } from '../app-context.ts'
import type { Notices } from '../parts/notices.ts'
import { words } from '../words/app.ts'

/** More often would only talk over a screen reader. */
const TOLD_EVERY_PERCENT = 20

export async function rebuildSearch(api: Api, notices: Notices, complain: App['complain']): Promise<void> {
  const answer = await api.call('search.rebuild', null)
  if (!answer.ok) return complain(answer.failure)
  let told = -1
  const stop = api.watch('searchIndex', null, index => {
    if (index.state === 'rebuilding') {
      const percent = Math.floor(percentOf(index) / TOLD_EVERY_PERCENT) * TOLD_EVERY_PERCENT
      if (percent > told) notices.show(words.search.rebuilding(percent))
      told = Math.max(told, percent)
      return
    }
    stop()
    if (index.state === 'ready') notices.show(words.search.rebuilt)
    else if (index.failure.code === 'internal') notices.show(words.search.failed, null, 'bad')
    else complain(index.failure)
  })
}

export function percentOf({ done, total }: Extract<SearchIndexView, { state: 'rebuilding' }>): number {
  return total === 0 ? 0 : Math.floor((done / total) * 100)
}
