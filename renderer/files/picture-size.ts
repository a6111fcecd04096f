/**
 * How many pixels a picture claims to have, from its first bytes, before anybody decodes it: a file of a few kilobytes can
 * claim gigabytes. Pure; undefined for what is no JPEG, PNG, GIF or WebP.
 */
export interface PictureSize {
  readonly width: number
  readonly height: number
}

export function readPictureSize(bytes: Uint8Array): PictureSize | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    if (view.getUint32(0) === 0x89_50_4e_47) return { width: view.getUint32(16), height: view.getUint32(20) }
    if (view.getUint32(0) === 0x47_49_46_38) return { width: view.getUint16(6, true), height: view.getUint16(8, true) }
    if (view.getUint32(0) === 0x52_49_46_46 && view.getUint32(8) === 0x57_45_42_50) return readWebp(view)
    if (view.getUint16(0) === 0xff_d8) return readJpeg(view)
    return undefined
  } catch (error) {
    // It ends before it says.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function readWebp(view: DataView): PictureSize | undefined {
  const kind = view.getUint32(12)
  const at24 = (at: number) => view.getUint16(at, true) + view.getUint8(at + 2) * 65_536
  // "VP8X", "VP8L", "VP8 ": extended, lossless, lossy.
  if (kind === 0x56_50_38_58) return { width: at24(24) + 1, height: at24(27) + 1 }
  if (kind === 0x56_50_38_4c) {
    const bits = view.getUint32(21, true)
    return { width: (bits & 0x3f_ff) + 1, height: ((bits >>> 14) & 0x3f_ff) + 1 }
  }
  if (kind === 0x56_50_38_20)
    return { width: view.getUint16(26, true) & 0x3f_ff, height: view.getUint16(28, true) & 0x3f_ff }
  return undefined
}

/** Segments, each with its length, until the one that begins a frame. */
function readJpeg(view: DataView): PictureSize | undefined {
  let at = 2
  for (;;) {
    if (view.getUint8(at) !== 0xff) return undefined
    const marker = view.getUint8(at + 1)
    if (marker === 0xff) at += 1
    else if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc)
      return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) }
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) at += 2
    else at += 2 + view.getUint16(at + 2)
  }
}
