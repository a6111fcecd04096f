/** Words for taking records out of Farfield and bringing them back in. */
import type { ExportProgress } from '../../core/model/api.ts'
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
