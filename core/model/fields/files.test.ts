import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleanFileName, type FileRef, isFileRef, withFile, withoutFile } from './files.ts'

const hash = fc.stringMatching(/^[0-9a-f]{64}$/)
const file = fc.record<FileRef>({
  hash,
  name: fc.string({ minLength: 1 }),
  bytes: fc.nat(),
  type: fc.constant('image/jpeg'),
})

describe('a list of files', () => {
  it('has a file once, at its end, and is the very same list where it has it already', () => {
    fc.assert(
      fc.property(fc.uniqueArray(file, { selector: each => each.hash, maxLength: 5 }), file, (files, added) => {
        const list = files.map(each => ({ ...each }))
        const next = withFile(list, added) as unknown as readonly FileRef[]
        if (files.some(each => each.hash === added.hash)) expect(next).toBe(list)
        else expect(next).toEqual([...files, added])
        expect(withFile(next as never, added)).toBe(next)
        expect(withoutFile(next as never, added.hash) ?? []).toEqual(files.filter(each => each.hash !== added.hash))
      }),
    )
  })

  it('begins where there was none, ends as no value, and keeps what it does not know', () => {
    const one: FileRef = { hash: 'a'.repeat(64), name: 'a.jpg', bytes: 3, type: 'image/jpeg' }
    for (const nothing of [undefined, null, 'stray']) expect(withFile(nothing, one)).toEqual([one])
    expect(withoutFile([{ ...one }], one.hash)).toBe(null)
    const newer = { kind: 'folder', of: 'a newer version' }
    expect(withFile([newer], one)).toEqual([newer, one])
    expect(withoutFile([newer, { ...one }], one.hash)).toEqual([newer])
  })

  it('names files in one line that shows what it is', () => {
    expect(cleanFileName(' IMG_0001.JPG ')).toBe('IMG_0001.JPG')
    expect(cleanFileName('a\nb\u0000.pdf')).toBe('ab.pdf')
    // A character that would turn "gpj.exe" round on screen.
    expect(cleanFileName('photo\u202Egpj.exe')).toBe('photogpj.exe')
    expect(cleanFileName(`${'x'.repeat(500)}.jpeg`)).toMatch(/^x{195}\.jpeg$/)
    expect(cleanFileName('\n')).toBe('file')
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), name => {
        const clean = cleanFileName(name)
        expect(clean.length).toBeLessThanOrEqual(200)
        expect(isFileRef({ hash: 'a'.repeat(64), name: clean, bytes: 0, type: '' })).toBe(true)
        expect(cleanFileName(clean)).toBe(clean)
      }),
    )
  })
})
