import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diffText, type DiffPart } from './text-diff.ts'

const words = fc.array(fc.constantFrom('seal', 'worn', 'pump', ' ', '\n', '.', 'é', '東京', '😀', '\ud800'), {
  maxLength: 40,
})
const texts = fc.oneof(
  words.map(all => all.join('')),
  words.map(all => all.join(' ')),
  fc.string({ unit: 'binary' }),
)

describe('diffText', () => {
  it('gives back both texts, whatever they are', () => {
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        const parts = diffText(before, after)
        expect(join(parts, 'gone')).toBe(before)
        expect(join(parts, 'new')).toBe(after)
        expect(parts.every(({ text }) => text !== '')).toBe(true)
      }),
      { numRuns: 400 },
    )
  })

  it('marks the changed words and no others', () => {
    expect(diffText('Seal worn, replace it soon.', 'Seal badly worn, replace it now.')).toEqual([
      { kind: 'same', text: 'Seal ' },
      { kind: 'new', text: 'badly ' },
      { kind: 'same', text: 'worn, replace it ' },
      { kind: 'gone', text: 'soon' },
      { kind: 'new', text: 'now' },
      { kind: 'same', text: '.' },
    ])
  })

  it('shows words that changed side by side as one change', () => {
    expect(diffText('the old north weir', 'the new south weir')).toEqual([
      { kind: 'same', text: 'the ' },
      { kind: 'gone', text: 'old north' },
      { kind: 'new', text: 'new south' },
      { kind: 'same', text: ' weir' },
    ])
  })

  it('takes a long text with another in its place as rewritten, and finds one word in a megabyte', () => {
    const a = Array.from({ length: 5000 }, (_, n) => `a${n}`).join(' ')
    const b = Array.from({ length: 5000 }, (_, n) => `b${n}`).join(' ')
    expect(diffText(a, b).map(({ kind }) => kind)).toEqual(['gone', 'new'])
    const long = 'word '.repeat(200_000)
    expect(diffText(`${long}end`, `${long}stop`).slice(1)).toEqual([
      { kind: 'gone', text: 'end' },
      { kind: 'new', text: 'stop' },
    ])
  })
})

function join(parts: readonly DiffPart[], own: 'gone' | 'new'): string {
  return parts.map(({ kind, text }) => (kind === 'same' || kind === own ? text : '')).join('')
}
