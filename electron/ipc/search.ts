/** The best records for a typed search, with what is shown of each. It is asked again when records change, but not in haste. */
import { auditTime } from 'rxjs'
import type { RecordReader, RecordStore, TypeStore } from '../../core/database/database.ts'
import { live } from '../../core/database/live.ts'
import type { SearchHit } from '../../core/model/api.ts'
import { excerptOf, markPhrases } from '../../core/model/search-excerpt.ts'
import { planSearch, soughtPhrases } from '../../core/model/search-plan.ts'
import { feedOf, type FeedHandlers } from './handlers.ts'

const MOST_HITS = 12
/** While records change all the time (an import), a list that somebody reads may stand still for as long. */
const AGAIN_MS = 500

export function searchFeeds(
  { reader, changed$ }: Pick<RecordStore, 'reader' | 'changed$'>,
  types: TypeStore,
): Pick<FeedHandlers, 'search'> {
  return {
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
