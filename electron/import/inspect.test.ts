import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDecoder, guessEncoding } from './decode.ts'
import { inspectCsv, nameColumns } from './inspect.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const inspect = (text: string) => {
  const found = inspectCsv(utf8(text), true)
  if (!found.ok) throw new Error(found.failure.detail)
  return found.value
}

describe('encodings', () => {
  it('are told apart by mark and by shape', () => {
    const text = 'Name;Größe\nZürich;1\n'
    const utf16 = Buffer.from(text, 'utf16le')
    expect(guessEncoding(utf8(text), true)).toBe('utf-8')
    expect(guessEncoding(utf8(`\uFEFF${text}`), true)).toBe('utf-8')
    expect(guessEncoding(utf16, true)).toBe('utf-16le')
    expect(guessEncoding(Buffer.from(utf16).swap16(), true)).toBe('utf-16be')
    expect(guessEncoding(Buffer.from(text, 'latin1'), true)).toBe('windows-1252')
    // A head that ends inside a character is still UTF-8, but a whole file is not.
    const cut = utf8('Zü').slice(0, 2)
    expect([guessEncoding(cut, false), guessEncoding(cut, true)]).toEqual(['utf-8', 'windows-1252'])
    // One bad byte among good ones spoils its row, not the file.
    expect(guessEncoding(Buffer.concat([utf8('Zürich, Größe, Bär'), Buffer.from([0xff])]), true)).toBe('utf-8')
  })

  it('decode to the same text wherever the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.array(fc.integer({ min: 1, max: 7 })),
        (text, cuts) => {
          const clean = text.toWellFormed()
          const bytes = utf8(clean)
          const decoder = createDecoder('utf-8')
          let out = ''
          let at = 0
          for (const size of cuts) {
            out += decoder.push(bytes.slice(at, at + size))
            at += size
          }
          out += decoder.push(bytes.slice(at)) + decoder.end()
          return out === clean.replace(/^\uFEFF/, '')
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('inspecting the head of a file', () => {
  it('finds the delimiter that cuts all rows alike', () => {
    expect(inspect('a,b,c\n1,2,3\n').delimiter).toBe(',')
    expect(inspect('a;b\n1,5;2\n2,5;3\n').delimiter).toBe(';')
    expect(inspect('a\tb\n"x, y"\t2\n').delimiter).toBe('\t')
    expect(inspect('a|b|c\n1|2|3\n').delimiter).toBe('|')
    expect(inspect('only\none\n').delimiter).toBe(',')
  })

  it('makes column names unique and names those without one', () => {
    expect(nameColumns(['name', ' name', '', 'name (2)', 'name'])).toEqual({
      columns: ['name', 'name (3)', 'Column 3', 'name (2)', 'name (4)'],
      duplicates: ['name'],
    })
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'a (2)', 'a (3)', 'b', '', ' a')), header => {
        const { columns } = nameColumns(header)
        return new Set(columns).size === header.length && columns.every(name => name !== '')
      }),
    )
  })

  it('guesses kinds, and takes codes for text', () => {
    const { kinds, sample } = inspect(
      'n,d,c,code,phone,t,long\n1.5,2026-01-31,yes,00123,+49 30,p,"a\nb"\n-2,2026-02-01,no,12,+1,q,z\n,,,,,,\n',
    )
    expect(kinds).toEqual(['number', 'date', 'checkbox', 'text', 'text', 'text', 'longText'])
    expect(sample).toHaveLength(3)
  })

  it('leaves out the row that the head cuts off', () => {
    const found = inspectCsv(utf8('a,b\n1,2\n3,"4'), false)
    expect(found.ok && found.value.sample).toEqual([['1', '2']])
  })

  it('refuses what is no table, and never throws', () => {
    expect(inspectCsv(new Uint8Array(), true)).toMatchObject({ failure: { code: 'unreadableFile', detail: 'empty' } })
    expect(inspectCsv(utf8('\n\n'), true)).toMatchObject({ failure: { detail: 'noHeader' } })
    const zip = Uint8Array.from({ length: 3000 }, (_, at) => (at * 7919) % 251)
    expect(inspectCsv(zip, true)).toMatchObject({ ok: false, failure: { detail: 'notText' } })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, whole) => {
        inspectCsv(bytes, whole)
      }),
      { numRuns: 1000 },
    )
  })
})
