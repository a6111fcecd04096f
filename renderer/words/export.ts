/** Words for taking records out of Farfield and bringing them back in. */
import type { ArchiveProgress, ExportProgress } from '../../core/model/api.ts'
import type { Failure } from '../../core/model/failure.ts'
import { failureWords } from './failures.ts'
import { byteSize, count } from './times.ts'

export const exportWords = {
  csv: 'Export as CSV',
  selected: 'Export',
  strip: 'Export',
  progress: 'Export progress',
  cancel: 'Cancel export',
  show: 'Show in folder',
  busy: 'Another export is under way. Wait until it has ended, or cancel it.',
  exporting: (name: string) => `Exporting ${name}`,
  title: (progress: ExportProgress | undefined, name: string) => {
    if (progress?.file !== undefined) return `Exported to ${progress.file.name}`
    if (progress?.state === 'cancelled') return 'Export cancelled'
    return progress?.state === 'failed' ? 'The export stopped' : exportWords.exporting(name)
  },
  /** What came of it, or how far it is. */
  sentence: (progress: ExportProgress | undefined) => {
    if (progress?.file !== undefined) return `In ${progress.file.folder}, ${byteSize(progress.file.bytes)}`
    if (progress?.state === 'cancelled') return 'Nothing was left behind.'
    if (progress?.failure !== undefined) return `${failureWords(progress.failure)} Nothing was left behind.`
    return progress === undefined || progress.total === 0 ? '' : `${count(progress.done)} of ${count(progress.total)}`
  },
} as const

const lineReasons: { readonly [reason in ArchiveProgress['refusedLines'][number]['reason']]: string } = {
  notJson: 'is not JSON',
  notDocument: 'is not a record, type, device or history entry',
  unreadable: 'is not text in UTF-8',
  tooLarge: 'is too long',
  otherHash: 'holds other bytes than its name says',
}

export const transferWords = {
  everything: 'everything',
  out: 'Take everything out',
  outWhat:
    'One file with every record, deleted ones too, its history, record types, photos and files, in an open format: a tar archive of JSON and your files. Other programs can read it, and another Farfield can bring it in.',
  outNow: 'Export everything…',
  plain: 'The file will not be encrypted.',
  plainMore:
    'Here on this laptop your records are. In the file, whoever has it can read all of them, deleted ones and earlier values too. Keep it where only you get at it, and remove it when it is no longer needed.',
  outYes: 'Export, not encrypted',
  in: 'Bring an export in',
  inWhat:
    'Everything in it is merged with what is here: nothing is replaced without history, and where both have changed a value you are asked. Bringing the same export in again changes nothing.',
  choose: 'Choose an export…',
  inProgress: 'Progress of bringing in',
  busy: 'Another export is being brought in. Wait until it has ended, or cancel it.',
  bringing: (name: string) => `Bringing in ${name}`,
  refusedList: 'Left out',
  refusedLine: ({ entry, line, reason }: ArchiveProgress['refusedLines'][number]) =>
    line === 0 ? `${entry} ${lineReasons[reason]}` : `${entry}, line ${count(line)}: ${lineReasons[reason]}`,
  refusedMore: (n: number) => `and ${count(n)} more`,
  isGood: ({ state, refused, whole }: ArchiveProgress) => state === 'done' && refused === 0 && whole,
  outcome: (progress: ArchiveProgress) => {
    const { state, added, changed, files, refused, whole, failure } = progress
    const came =
      added + changed === 0
        ? 'Nothing in it was new.'
        : `${count(added)} new, ${count(changed)} merged with what was here, ${files === 1 ? '1 file' : `${count(files)} files`}.`
    if (state === 'failed') {
      const why = failure === undefined ? '' : `${archiveFailure(failure)} `
      return added + changed + files === 0 ? `${why}Nothing came in.` : `${why}What came in before stays: ${came}`
    }
    if (state === 'cancelled')
      return added + changed + files === 0
        ? 'Cancelled. Nothing came in.'
        : `Cancelled. What came in before stays: ${came}`
    const left = refused === 0 ? '' : ` Left out: ${count(refused)}.`
    return whole
      ? came + left
      : `${came}${left} The file ends too early or is damaged; what is behind that place did not come in.`
  },
} as const

function archiveFailure(failure: Failure): string {
  if (failure.code !== 'unreadableFile') return failureWords(failure)
  return failure.detail === 'newerExport'
    ? 'This export was made by a newer Farfield. Update this one, then bring it in.'
    : 'This is not an export of a Farfield workspace.'
}
