/** The best records for a typed search, with what is shown of each. It is asked again when records change, but not in haste. */
import { auditTime, type Observable } from 'rxjs'
import type { RecordReader, RecordStore, TypeStore } from '../../core/database/database.ts'
import { live } from '../../core/database/live.ts'
import type { SearchHit, SearchIndexView } from '../../core/model/api.ts'
import { succeed } from '../../core/model/failure.ts'
import { excerptOf, markPhrases } from '../../core/model/search-excerpt.ts'
import { planSearch, soughtPhrases } from '../../core/model/search-plan.ts'
import { feedOf, type CallHandlers, type FeedHandlers } from './handlers.ts'

const MOST_HITS = 12
/** While records change all the time (an import), a list that somebody reads may stand still for as long. */
const AGAIN_MS = 500

export interface SearchControl {
  readonly view$: Observable<SearchIndexView>
  rebuild(): void
}

export function searchCalls(care: SearchControl): Pick<CallHandlers, 'search.rebuild'> {
  return {
    'search.rebuild'() {
      care.rebuild()
      return Promise.resolve(succeed(null))
    },
  }
}

export function searchFeeds(
  { reader, changed$ }: Pick<RecordStore, 'reader' | 'changed$'>,
  types: TypeStore,
  care: SearchControl,
): Pick<FeedHandlers, 'search' | 'searchIndex'> {
  return {
    searchIndex: () => feedOf(care.view$),
    search: ({ text }) => feedOf(live(changed$.pipe(auditTime(AGAIN_MS)), () => findHits(reader, types, text))),
  }
}

async function findHits(reader: RecordReader, types: TypeStore, text: string): Promise<readonly SearchHit[]> {
  const phrases = soughtPhrases(planSearch(text, types.list()))
  const rows = await reader.best(text, MOST_HITS)
  return rows.map(({ id, type, title, cells }) => ({
    id,
    type,
    title,
    marks: markPhrases(title, phrases),
    excerpt: excerptOf(cells, types.get(type), title, phrases),
  }))
}
