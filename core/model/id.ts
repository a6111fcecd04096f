/** Makes ids: 128 random bits as 26 lower-case base32 digits (RFC 4648 without padding). Where the bits come from is the caller's. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'

/** `random(16)` answers 16 bytes from a cryptographic source. */
export function newId(random: (bytes: number) => Uint8Array): string {
  let id = ''
  let pending = 0
  let bits = 0
  for (const byte of random(16)) {
    pending = ((pending << 8) | byte) & 0xfff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      id += ALPHABET[(pending >> bits) & 31]
    }
  }
  return bits > 0 ? id + ALPHABET[(pending << (5 - bits)) & 31] : id
}

/**
 * The id of a record: 48 bits of the time it was made (epoch milliseconds), then 80 random ones, as in UUID version 7
 * (RFC 9562). Records made together then lie together in every index, and a large import writes each page once. It tells
 * no more than the record's own `created` stamp.
 */
export function newRecordId(at: number, random: (bytes: number) => Uint8Array): string {
  return newId(bytes => {
    const id = random(bytes).slice()
    for (let index = 5, rest = Math.max(0, Math.floor(at)); index >= 0; index--, rest = Math.floor(rest / 256)) {
      id[index] = rest % 256
    }
    return id
  })
}

export function isId(text: unknown): text is string {
  return typeof text === 'string' && /^[a-z2-7]{26}$/.test(text)
}
