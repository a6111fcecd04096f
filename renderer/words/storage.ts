/** Words of Settings > Storage and of the banner about the disk and the database. */
import type {
  BackupView,
  FilesChecked,
  RescueView,
  SearchIndexView,
  StorageOutcome,
  StorageView,
} from '../../core/model/api.ts'
import { failureWords } from './failures.ts'
import { byteSize, count, plural, relativeTime } from './times.ts'

export const storageWords = {
  database: 'Database',
  size: (bytes: number) => `${byteSize(bytes)} on this laptop, encrypted`,
  backups: 'Backups',
  intro:
    'Once a day Farfield makes a backup of all records and their history by itself, and keeps the last 7 days and 4 weeks that have one. Photos and files stay where they are and are kept for as long as a backup needs them; a whole copy has them in it.',
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
  checkMore:
    'Reads every page and every record, and compares search and totals with them; then every photo and file. Nothing is lost or removed by it.',
  checkNow: 'Check the database',
  checkFiles: 'Files that need you',
  fileState: { missing: 'not on this laptop', damaged: 'damaged' },
  fileOf: ({ name, record }: FilesChecked['named'][number]): string => {
    if (name === '') return 'A file that no record has'
    return record === '' ? `${name}, of an earlier version` : `${name}, of ${record}`
  },
  moreFiles: (files: number) => `and ${count(files)} more`,
  whole: 'Whole copy',
  wholeIntro:
    'All records with their history, and every photo and file, in one encrypted file in your downloads folder, to be put on another disk.',
  wholeKey:
    'It opens only with the key that is kept on this laptop. It brings back what was removed, damaged or lost here; without that key nobody can read it, you included.',
  saveCopy: 'Save a whole copy…',
  restoreCopy: 'Restore from a file…',
  restoreCopySure: (name: string, bytes: number) => `Put everything back as it is in “${name}” (${byteSize(bytes)})?`,
  restoreCopyWhat: 'Photos and files that are not here any more come back too; none is removed.',
  unreadable: 'This file could not be read.',
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
      files: 'Reading photos and files',
      mentions: 'Looking for photos and files',
      whole: 'Copying records, photos and files',
      receive: 'Reading the file',
      database: 'Unpacking the records',
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
    saveCopy: 'Saving a whole copy',
    restoreCopy: 'Checking the whole copy before it is restored',
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

/** What else is known when an outcome is told. */
export interface Around {
  /** A hub is connected. */
  readonly hub: boolean
  readonly index: SearchIndexView
}

/** How the last job ended, in a few sentences; the tone tells whether something needs a person. */
export function outcomeWords(
  outcome: StorageOutcome,
  around: Around = { hub: false, index: { state: 'ready' } },
): { readonly text: string; readonly good: boolean } {
  if ('failure' in outcome) {
    if (outcome.failure !== null) return { text: failureOf(outcome), good: false }
    return { text: 'Cancelled. Nothing was changed.', good: true }
  }
  if ('reopening' in outcome) return { text: 'Restoring…', good: true }
  switch (outcome.job) {
    case 'backUp':
      return { text: `Backed up, ${byteSize(outcome.bytes)}.`, good: true }
    case 'saveCopy':
      return ofCopy(outcome)
    case 'compact': {
      const won = outcome.before - outcome.after
      return {
        text: won > 0 ? `Compacted: ${byteSize(won)} given back.` : 'There was nothing to give back.',
        good: true,
      }
    }
    case 'verify': {
      const told = [ofDatabase(outcome), ofSearch(outcome, around.index), ofFiles(outcome.files, around.hub)]
      return {
        text: told
          .map(({ text }) => text)
          .filter(text => text !== '')
          .join(' '),
        good: told.every(({ good }) => good),
      }
    }
  }
}

/** Whether the records themselves, or what only a rescue makes anew, are damaged. */
export function needsRescue(outcome: StorageOutcome): boolean {
  if (outcome.job !== 'verify' || 'failure' in outcome) return false
  const { pages, document, tally } = outcome.wrong
  return pages + document + tally > 0
}

function ofDatabase(outcome: Checked): Told {
  const { pages, document, tally, search } = outcome.wrong
  const { read, bytes, missing, damaged } = outcome.files
  if (!needsRescue(outcome)) {
    const files = read === 0 ? '' : ` and ${plural(read, 'file')} (${byteSize(bytes)})`
    const what = `${count(outcome.documents)} entries${files} read and compared`
    const isAllWell = missing + damaged + search === 0
    return { text: isAllWell ? `All is well: ${what}.` : `The database is sound: ${what}.`, good: true }
  }
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

function ofCopy({ name, bytes, files, missing, damaged }: Extract<StorageOutcome, { readonly name: string }>): Told {
  const without = [
    missing > 0 && `${plural(missing, 'file')} not on this laptop`,
    damaged > 0 && `${plural(damaged, 'file')} damaged on its disk`,
  ].filter(part => part !== false)
  const withFiles = files === 0 ? '' : `, with ${plural(files, 'photo or file', 'photos and files')}`
  const whole = `Saved “${name}” in your downloads folder: ${byteSize(bytes)}${withFiles}.`
  if (without.length === 0) return { text: whole, good: true }
  return { text: `${whole} Not in it: ${without.join(', ')}.`, good: false }
}

function ofSearch(outcome: Checked, index: SearchIndexView): Told {
  if (!outcome.rebuilding) return { text: '', good: true }
  const { search } = outcome.wrong
  const found = `Search did not find ${plural(search, 'record')} as it should`
  if (index.state === 'failed') return { text: `${found}, and could not be made anew.`, good: false }
  return {
    text: index.state === 'ready' ? `${found} and was made anew.` : `${found} and is being made anew.`,
    good: true,
  }
}

function ofFiles({ missing, damaged }: FilesChecked, hub: boolean): Told {
  const parts = [
    missing > 0 &&
      `${plural(missing, 'file')} ${missing === 1 ? 'is' : 'are'} not on this laptop${hub ? '; the hub may still bring what it has' : ''}.`,
    damaged > 0 &&
      `${plural(damaged, 'file')} ${damaged === 1 ? 'is' : 'are'} damaged on this laptop’s disk: add ${damaged === 1 ? 'it' : 'them'} again where you still have ${damaged === 1 ? 'it' : 'them'}. Nothing was removed.`,
  ].filter(part => part !== false)
  return { text: parts.join(' '), good: parts.length === 0 }
}

type Told = ReturnType<typeof outcomeWords>
type Checked = Extract<StorageOutcome, { readonly sound: boolean }>

function failureOf(outcome: {
  readonly job: string
  readonly failure: Parameters<typeof failureWords>[0] | null
}): string {
  if (outcome.failure === null) return ''
  if (outcome.job === 'restore' && outcome.failure.code === 'damaged')
    return 'This backup is damaged, so it was not restored. Nothing was changed; try another one.'
  if (outcome.job === 'restoreCopy' && outcome.failure.code === 'damaged')
    return 'This whole copy is damaged, so it was not restored. Nothing was changed; try another one.'
  return failureWords(outcome.failure)
}
