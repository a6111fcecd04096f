import { describe, expect, it } from 'vitest'
import { isShown, keptType, tellMediaType } from './media-type.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')

describe('what a file is', () => {
  it.each([
    ['\xff\xd8\xff\xe0\0\x10JFIF', 'image/jpeg'],
    ['\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'image/png'],
    ['GIF89a', 'image/gif'],
    ['RIFF\x10\0\0\0WEBPVP8 ', 'image/webp'],
    ['RIFF\x10\0\0\0WAVEfmt ', 'audio/wav'],
    ['\0\0\0\x20ftypisom\0\0\x02\0', 'video/mp4'],
    ['\0\0\0\x20ftypavif\0\0\0\0', 'image/avif'],
    ['\x1aE\xdf\xa3', 'video/webm'],
    ['%PDF-1.7', 'application/pdf'],
  ])('%j is told by its first bytes', (head, type) => {
    expect(tellMediaType(bytes(head))).toBe(type)
    expect(isShown(type)).toBe(true)
  })

  it('that could hold a program, or is not known, is never shown, whatever it claims to be', () => {
    for (const head of [
      '<html><script>1</script>',
      '<svg xmlns="http://www.w3.org/2000/svg">',
      '<?xml version="1.0"?>',
      'RIFF\x10\0\0\0XXXX',
      '\0\0\0\x20ftypxxxx',
      'MZ',
      '',
      '\xff\xd8',
    ]) {
      expect(tellMediaType(bytes(head)), head).toBe('application/octet-stream')
      expect(isShown(tellMediaType(bytes(head)))).toBe(false)
      for (const claimed of ['image/jpeg', 'image/svg+xml', 'video/mp4'])
        expect(keptType(bytes(head), claimed)).toBe('application/octet-stream')
    }
    expect(keptType(bytes('a,b\n'), 'text/csv')).toBe('text/csv')
    expect(keptType(bytes('a,b\n'), 'text/csv; charset=utf-8\r\nX: y')).toBe('application/octet-stream')
    expect(keptType(bytes('GIF89a'), 'text/html')).toBe('image/gif')
  })
})
