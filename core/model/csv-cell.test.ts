/** What is written is read back, no cell begins as a formula does, and numbers stay numbers. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { guardCell, unguardCell, writeCsvRow } from './csv-cell.ts'

const risky = fc
  .tuple(fc.stringMatching(/^'{0,3}$/), fc.constantFrom('=', '+', '-', '@', '\t', '\r', '＝', '＋', ''), fc.string())
  .map(parts => parts.join(''))

describe('cells of a CSV file', () => {
  test('no text begins as a formula does, and every text is read back', () => {
    fc.assert(
      fc.property(risky, text => {
        const cell = guardCell(text)
        if (!/^-[\d.]+(e[+-]?\d+)?$/i.test(cell)) expect(cell).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/)
        expect(unguardCell(cell)).toBe(text)
      }),
      { numRuns: 1000 },
    )
  })

  test('numbers stay numbers', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true })
    fc.assert(
      fc.property(number, value => {
        expect(guardCell(String(value))).toBe(String(value))
      }),
    )
  })

  test.each([
    ['=1+1', "'=1+1"],
    ['-2+3+cmd|x', "'-2+3+cmd|x"],
    ['-12.5', '-12.5'],
    ['+49 30 5550', "'+49 30 5550"],
    ["it's", "it's"],
    ["'tis", "'tis"],
    ["'=x", "''=x"],
  ])('%s is written %s', (text, cell) => expect(guardCell(text)).toBe(cell))

  test('a row is quoted where it must be, and a row of one empty cell is a row', () => {
    expect(writeCsvRow(['plain', 'a,b', 'say "hi"', 'two\nlines', ' edge', 'a;b', ''])).toBe(
      'plain,"a,b","say ""hi""","two\nlines"," edge","a;b",\r\n',
    )
    expect(writeCsvRow([''])).toBe('""\r\n')
  })
})
