import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readPictureSize } from './picture-size.ts'

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))

describe('the size a picture claims', () => {
  it.each([
    ['PNG', '89504e470d0a1a0a 0000000d 49484452 000004b0 00000258', 1200, 600],
    ['GIF', '474946383961 b004 5802', 1200, 600],
    ['lossy WebP', '52494646 00000000 57454250 56503820 00000000 000000 9d012a b004 5802', 1200, 600],
    ['lossless WebP', '52494646 00000000 57454250 5650384c 00000000 2f af c4 95 00', 1200, 600],
    ['extended WebP', '52494646 00000000 57454250 56503858 0a000000 00000000 af0400 570200', 1200, 600],
    // APP1, a table of Huffman codes and a byte of padding stand before the frame.
    ['JPEG', 'ffd8 ffe1 0006 45786966 ffc4 0004 0000 ff ffc2 0011 08 0258 04b0 03', 1200, 600],
    ['a bomb', '89504e470d0a1a0a 0000000d 49484452 7fffffff 7fffffff', 2_147_483_647, 2_147_483_647],
  ])('of a %s is read without decoding it', (_, bytes, width, height) => {
    expect(readPictureSize(hex(bytes))).toEqual({ width, height })
  })

  it('is not known of anything else, and never an exception', () => {
    for (const bytes of [
      '',
      'ff',
      'ffd8',
      'ffd8 ffe0 ffff',
      'ffd8 00',
      '89504e47',
      '52494646 00000000 57454250 00000000',
    ])
      expect(readPictureSize(hex(bytes)), bytes).toBeUndefined()
    const start = fc.constantFrom(
      hex('ffd8'),
      hex('89504e47'),
      hex('47494638'),
      hex('52494646 00000000 57454250 5650384c'),
    )
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 60 }), (head, tail) => {
        const size = readPictureSize(Uint8Array.from([...head, ...tail]))
        if (size !== undefined) expect(size.width * size.height).toBeGreaterThanOrEqual(0)
      }),
    )
  })
})
