/**
 * Makes the thumbnail of a picture that is here, and posts it to main, which keeps it. It runs beside the page so that a
 * large picture does not hold up typing, and inside its sandbox because decoding is what a hostile picture attacks.
 */
import { THUMBNAIL_BYTES } from '../../core/model/api.ts'
import { readPictureSize } from './picture-size.ts'

/** Longer edge, in pixels: sharp at twice the size it is shown at. */
const EDGE = 320
/** A picture that claims more is not decoded: 4 bytes of memory each. */
const MOST_PIXELS = 120_000_000

addEventListener('message', (event: MessageEvent<string>) => {
  const [answer] = event.ports
  make(event.data)
    // Not a picture after all, or one that cannot be decoded: it is shown as a file.
    .catch(() => false)
    .then(made => answer?.postMessage(made))
    .catch(reportError)
})

async function make(hash: string): Promise<boolean> {
  const response = await fetch(`/attachment/${hash}`)
  if (!response.ok) return false
  const bytes = await response.arrayBuffer()
  const size = readPictureSize(new Uint8Array(bytes))
  if (size === undefined || size.width * size.height > MOST_PIXELS) return false
  // Turned the way its camera was held.
  const picture = await createImageBitmap(new Blob([bytes]), { imageOrientation: 'from-image' })
  const scale = Math.min(1, EDGE / Math.max(picture.width, picture.height))
  const canvas = new OffscreenCanvas(
    Math.max(1, Math.round(picture.width * scale)),
    Math.max(1, Math.round(picture.height * scale)),
  )
  const context = canvas.getContext('2d')
  if (context === null) return false
  context.imageSmoothingQuality = 'high'
  context.drawImage(picture, 0, 0, canvas.width, canvas.height)
  picture.close()
  const small = await canvas.convertToBlob({ type: 'image/webp', quality: 0.82 })
  if (small.size > THUMBNAIL_BYTES) return false
  const kept = await fetch(`/attachment/${hash}/thumbnail`, { method: 'POST', body: await small.arrayBuffer() })
  return kept.ok
}
