/** Files that a person drops or pastes, as a list with names that tell them apart. Reads nothing of them. */
import { words } from '../words/app.ts'

/** Files of a paste; none where it is text that goes into a text field, even if a picture of it came along. */
export function pastedFiles(data: DataTransfer, target: EventTarget, now: number): readonly File[] {
  const isText = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement
  if (isText && data.types.includes('text/plain')) return []
  // A picture without a file of its own is always called "image.png".
  return [...data.files].map(file =>
    file.name === 'image.png' ? new File([file], words.files.pastedName(now), { type: file.type }) : file,
  )
}

export function hasFiles(data: DataTransfer): boolean {
  return data.types.includes('Files')
}
