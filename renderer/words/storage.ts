/** Words of Settings > Storage and of the banner about the disk and the database. */
import type { BackupView, RescueView, StorageOutcome, StorageView } from '../../core/model/api.ts'
import { failureWords } from './failures.ts'
import { byteSize, count, plural, relativeTime } from './times.ts'

export const storageWords = {
  database: 'Database',
  size: (bytes: number) => `${byteSize(bytes)} on this laptop, encrypted`,
  backups: 'Backups',
  intro:
    'Once a day Farfield makes a backup of all records and their history by itself, and keeps the last 7 days and 4 weeks that have one. Photos and files are not in it; they stay where they are.',
  keyNote:
    'A backup is encrypted and opens only with the key that is kept on this laptop. It helps against damage and mistakes, not against the loss of the laptop or of its key.',
  none: 'There is no backup yet. The first is made by itself, a minute after the start.',
  last: (backup: BackupView, now: number) => `Last backup ${relativeTime(backup.at, now)}, ${byteSize(backup.bytes)}`,
  backUp: 'Back up now',
  kinds: { daily: 'By itself', asked: 'By you', replaced: 'Replaced by a restore' },
  when: 'Made',
  why: 'Why',
  bytes: 'Size',
  restore: 'Restore…',
  restoreOf: (when: string) => `Restore the backup made ${when}`,
  restoreSure: (when: string) => `Put the records back as they were ${when}?`,
  restoreWhat:
    'What is here now is kept as a backup of its own, so you can go back. Farfield closes its screens for a moment and opens again.',
  restoreSync: 'What the hub has comes back with the next sync, changes made since then included.',
  restoreUnsent: (records: number) =>
    `${plural(records, 'record')} with changes that the hub does not have yet will be in that backup only.`,
  restoreYes: 'Yes, restore',
  check: 'Check',
  checkMore: 'Reads every page and every record, and compares search and totals with them. Nothing is changed.',
  checkNow: 'Check the database',
  compact: 'Compact',
  compactMore:
    'Gives the room of what was deleted back to the disk. While it runs everything can be read, and what you type is saved right after it.',
  compactNow: 'Compact the database',
  steps: (job: NonNullable<StorageView['job']>): string => {
    const part = job.total > 0 ? ` ${Math.floor((100 * job.done) / job.total)} %` : ''
    const step: { readonly [step: string]: string } = {
      copy: 'Copying',
      check: 'Reading it back',
      pages: 'Reading every page',
      documents: 'Comparing records',
      search: 'Comparing the search',
      compact: 'Compacting',
      tidy: 'Tidying up',
    }
    return `${step[job.step] ?? 'Beginning'}${part}…`
  },
  jobs: {
    backUp: 'Backing up',
    verify: 'Checking',
    compact: 'Compacting',
    restore: 'Checking the backup before it is restored',
  },
  diskFullTitle: 'This laptop’s disk is full.',
  diskFull:
    'Everything saved so far is safe and can be read. New changes cannot be saved until there is room: delete or move something on this disk. Farfield goes on by itself.',
  damagedTitle: 'Part of the database on this laptop cannot be read.',
  damaged: 'A rescue keeps everything that can still be read and sets the damaged file aside. Nothing is deleted.',
  rescue: 'Rescue now',
  rescueTitle: (rescue: RescueView) =>
    `The database on this laptop was damaged. It was set aside as “${rescue.file}”, nothing was deleted.`,
  rescueWhat(rescue: RescueView): string {
    if (!rescue.readable) return 'Nothing of it could be read, so Farfield started with an empty one.'
    const lost =
      rescue.lost === 0
        ? rescue.uncertain
          ? 'some may be missing'
          : 'none is missing'
        : `${plural(rescue.lost, 'record')} could not be read${rescue.uncertain ? ', perhaps more' : ''}`
    const history = rescue.history === 0 ? '' : ` ${plural(rescue.history, 'earlier value')} could not be read.`
    return `${plural(rescue.saved, 'record')} ${rescue.saved === 1 ? 'was' : 'were'} saved, ${lost}.${history}`
  },
  rescueNext: 'A backup may have what is missing, and what a hub has comes back by itself.',
  showBackups: 'Show backups',
  understood: 'Understood',
}

/** One sentence of how the last job ended; the tone tells whether something needs a person. */
export function outcomeWords(outcome: StorageOutcome): { readonly text: string; readonly good: boolean } {
  if ('failure' in outcome) {
    if (outcome.failure !== null) return { text: failureOf(outcome), good: false }
    return { text: outcome.job === 'restore' ? 'Restoring…' : 'Cancelled. Nothing was changed.', good: true }
  }
  switch (outcome.job) {
    case 'backUp':
      return { text: `Backed up, ${byteSize(outcome.bytes)}.`, good: true }
    case 'compact': {
      const won = outcome.before - outcome.after
      return {
        text: won > 0 ? `Compacted: ${byteSize(won)} given back.` : 'There was nothing to give back.',
        good: true,
      }
    }
    case 'verify': {
      if (outcome.sound)
        return { text: `All is well: ${count(outcome.documents)} entries read and compared.`, good: true }
      const { pages, document, search, tally } = outcome.wrong
      const parts = [
        pages > 0 && `${plural(pages, 'finding')} in the file itself`,
        document > 0 && `${plural(document, 'entry', 'entries')} that cannot be read as written`,
        search > 0 && `${plural(search, 'record')} not found by search as ${search === 1 ? 'it' : 'they'} should be`,
        tally > 0 && 'totals that do not add up',
      ].filter(part => part !== false)
      return {
        text: `Something is wrong: ${parts.join('; ')}. A rescue keeps what can be read and makes the rest of it anew.`,
        good: false,
      }
    }
  }
}

function failureOf(outcome: {
  readonly job: string
  readonly failure: Parameters<typeof failureWords>[0] | null
}): string {
  if (outcome.failure === null) return ''
  if (outcome.job === 'restore' && outcome.failure.code === 'damaged')
    return 'This backup is damaged, so it was not restored. Nothing was changed; try another one.'
  return failureWords(outcome.failure)
}
