/**
 * What a file is by its first bytes, for the few kinds that a page may show. Everything else, and whatever can hold a
 * program (HTML, SVG, XML), is only ever a download: what a name or a sender claims never counts.
 */

const UNKNOWN = 'application/octet-stream'
/** Bytes that are enough to tell. */
export const TELLING_BYTES = 16

/** Of an ISO media file: the brand that follows "ftyp". */
const BRANDS: readonly (readonly [brand: RegExp, type: string])[] = [
  [/^(avif|avis)/, 'image/avif'],
  [/^(M4A |M4B )/, 'audio/mp4'],
  [/^(isom|iso\d|mp4\d|avc1|M4V |dash|MSNV|qt {2}|3gp.)/, 'video/mp4'],
]
const RIFFS: Readonly<Record<string, string>> = { WEBP: 'image/webp', WAVE: 'audio/wav' }
const STARTS: readonly (readonly [start: string, type: string])[] = [
  ['\xff\xd8\xff', 'image/jpeg'],
  ['\x89PNG\r\n\x1a\n', 'image/png'],
  ['GIF87a', 'image/gif'],
  ['GIF89a', 'image/gif'],
  ['\x1aE\xdf\xa3', 'video/webm'],
  ['OggS', 'audio/ogg'],
  ['fLaC', 'audio/flac'],
  ['ID3', 'audio/mpeg'],
  ['%PDF-', 'application/pdf'],
]

export function tellMediaType(head: Uint8Array): string {
  const text = Buffer.from(head.subarray(0, TELLING_BYTES)).toString('latin1')
  if (text.startsWith('RIFF')) return RIFFS[text.slice(8, 12)] ?? UNKNOWN
  if (text.slice(4, 8) === 'ftyp') return BRANDS.find(([brand]) => brand.test(text.slice(8)))?.[1] ?? UNKNOWN
  return STARTS.find(([start]) => text.startsWith(start))?.[1] ?? UNKNOWN
}

export function isShown(type: string): boolean {
  return type !== UNKNOWN
}

/** What is kept as a file's type: what its bytes tell, else what was claimed, where that has the form of a type. */
export function keptType(head: Uint8Array, claimed: string): string {
  const told = tellMediaType(head)
  if (isShown(told)) return told
  // Claimed to be something that its bytes would have told.
  if (!/^[\w.+-]{1,60}\/[\w.+-]{1,100}$/.test(claimed) || /^(image|video|audio)\//.test(claimed)) return UNKNOWN
  return claimed.toLowerCase()
}
