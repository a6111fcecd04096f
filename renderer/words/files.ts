/**
 * Where a photo or file is and what it waits for, in words. Every sentence is true of this moment: "on the hub" is said only
 * of what the hub is known to have.
 */
import type { FileAmount, FilePlace, FileTraffic, FileTrouble, SyncView } from '../../core/model/api.ts'
import { reasonWords } from './reasons.ts'
import { byteSize, plural } from './times.ts'

export interface PlaceWords {
  /** Beside size and kind; empty where there is no hub and the file is here. */
  readonly text: string
  readonly tone: 'quiet' | 'wait' | 'bad'
  /** What a person can do about it. */
  readonly remedy: 'fetch' | 'fetchAnyway' | null
}

const TROUBLES: { readonly [trouble in FileTrouble]: string } = {
  tooLarge: 'Larger than the hub takes. It stays on this laptop.',
  providerFull: 'The hub has no room for it. It stays on this laptop.',
  diskFull: 'This laptop has no room for it. Make room, then fetch it.',
  notThere: 'Not on the hub yet. It comes once the laptop that has it has sent it.',
  wrongContent: 'What the hub sent is not this file. Nothing of it was kept.',
  fileDamaged: 'It cannot be read as it was written. Add it again where you still have it.',
  internal: 'Something went wrong with this file. It is tried again at the next start.',
}
const RETRIED: ReadonlySet<FileTrouble> = new Set(['diskFull', 'notThere', 'wrongContent', 'internal'])

export function placeWords(place: FilePlace, sync: SyncView | undefined, now: number): PlaceWords {
  const { here, there, moving, trouble, asked } = place
  const quiet = (text: string): PlaceWords => ({ text, tone: 'quiet', remedy: null })
  if (sync === undefined || sync.provider === null)
    return here ? quiet('') : { text: 'Not on this laptop', tone: 'wait', remedy: null }
  if (moving !== null) {
    const verb = moving.direction === 'send' ? 'Sending' : 'Fetching'
    return quiet(`${verb}, ${byteSize(moving.done)} of ${byteSize(moving.total)}`)
  }
  if (here && there) return quiet('on the hub')
  if (trouble !== null) {
    const tone = trouble === 'notThere' ? 'wait' : 'bad'
    return { text: TROUBLES[trouble], tone, remedy: !here && RETRIED.has(trouble) ? 'fetch' : null }
  }
  const stopped = stoppedWords(sync, now)
  if (here)
    return { text: stopped === null ? 'Waits to be sent' : `Not sent yet. ${stopped}`, tone: 'wait', remedy: null }
  const where = there ? 'On the hub, not on this laptop' : 'Not on this laptop yet'
  if (stopped === null) return { text: asked ? 'Comes next' : where, tone: 'wait', remedy: asked ? null : 'fetch' }
  const text = asked ? `Waits. ${stopped}` : where
  if (!asked) return { text, tone: 'wait', remedy: 'fetch' }
  return { text, tone: 'wait', remedy: sync.overridable ? 'fetchAnyway' : null }
}

/** Why no file may move now, as a sentence; null: they may. */
function stoppedWords(sync: SyncView, now: number): string | null {
  if (sync.reason === 'running' || sync.reason === 'override' || sync.reason === 'upToDate') return null
  const said = reasonWords(sync, now)
  // "Only small changes: this network is metered."
  const sentence = sync.reason.endsWith('Small') ? said.next : said.title
  return sentence.endsWith('.') ? sentence : `${sentence}.`
}

function amountWords({ files, photos }: FileAmount): string {
  return plural(files, photos === files ? 'photo' : 'file')
}

/** What is not where it should be, one sentence for each reason. */
export function trafficTroubles(traffic: FileTraffic | null): readonly string[] {
  return (traffic?.troubles ?? []).map(({ trouble, ...amount }) => {
    const one = amount.files === 1
    const said: { readonly [each in FileTrouble]: string } = {
      tooLarge: `${one ? 'is' : 'are'} larger than the hub takes, and ${one ? 'stays' : 'stay'} on this laptop`,
      providerFull: `${one ? 'waits' : 'wait'} here: the hub has no room`,
      diskFull: `${one ? 'waits' : 'wait'} on the hub: this laptop has no room`,
      notThere: `${one ? 'is' : 'are'} not on the hub yet`,
      wrongContent: `came from the hub as something else, and ${one ? 'was' : 'were'} not kept`,
      fileDamaged: `cannot be read as ${one ? 'it was' : 'they were'} written`,
      internal: 'could not be moved',
    }
    return `${amountWords(amount)} ${said[trouble]} (${byteSize(amount.bytes)})`
  })
}
