/** Asks the worker for thumbnails, each once at a time. The worker starts with the first. */
import { FILE_WHOLE_BYTES } from '../../core/model/api.ts'
import type { FileRef } from '../../core/model/fields/files.ts'

export interface Thumbnails {
  /** True once main has one; false for what cannot be shown as a picture. */
  make(hash: string): Promise<boolean>
}

export function createThumbnails(start: () => Worker): Thumbnails {
  let worker: Worker | undefined
  const making = new Map<string, Promise<boolean>>()
  return {
    make(hash) {
      const known = making.get(hash)
      if (known !== undefined) return known
      worker ??= start()
      const to = worker
      const made = new Promise<boolean>(resolve => {
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = (event: MessageEvent<boolean>) => {
          port1.close()
          resolve(event.data)
        }
        to.postMessage(hash, [port2])
      }).finally(() => making.delete(hash))
      making.set(hash, made)
      return made
    },
  }
}

/** Pictures of which a thumbnail can be made, and which can be looked at in the window. */
export function isPicture(file: FileRef): boolean {
  return /^image\/(jpeg|png|gif|webp)$/.test(file.type) && file.bytes <= FILE_WHOLE_BYTES
}

/** Films and sounds that the window may be able to play, from the disk piece by piece, whatever their size. */
export function isPlayed(file: FileRef): boolean {
  return /^(video\/(mp4|webm)|audio\/(mp4|mpeg|ogg|wav|flac))$/.test(file.type)
}

export function isTooLargeToShow(file: FileRef): boolean {
  return file.type.startsWith('image/') && file.bytes > FILE_WHOLE_BYTES
}
