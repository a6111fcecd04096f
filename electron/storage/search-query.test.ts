/** Searches of a table: phrases, alternatives, what must not be there, checks in steps, and the best of many. */
import type { RxDocumentData } from 'rxdb'
import { describe, expect, it } from 'vitest'
import { changeItem, makeItem, openInstance } from './contract/contract-case.suite.ts'
import { makeFolder, openStorage } from './storage-fixture.suite.ts'
import type { SearchPhrase, SearchTerms } from './search-query.ts'

const textOf = (document: RxDocumentData<{ readonly [field: string]: unknown }>) =>
  (document['more'] as { readonly name?: string } | undefined)?.name ?? ''
const ANY = { where: {}, sort: [] } as const

async function open(texts: readonly string[]) {
  const storage = openStorage(makeFolder(), { search: { items: textOf } })
  const instance = await openInstance(storage)
  const documents = texts.map((name, at) => makeItem({ id: String(at).padStart(5, '0'), more: { name } }))
  await instance.bulkWrite(
    documents.map(document => ({ document })),
    'test',
  )
  const windows = storage.openWindowReader('contract', 'items')
  const search = storage.openSearchReader('contract', 'items')
  const found = (terms: Partial<SearchTerms>) =>
    windows.ids({ ...ANY, search: search.hits({ all: [], none: [], ...terms }) }).map(Number)
  return { storage, instance, documents, windows, search, found }
}

const begins = (...words: string[]): SearchPhrase => ({ words, open: true })
const whole = (...words: string[]): SearchPhrase => ({ words, open: false })

describe('a search of a table', () => {
  it('finds phrases, alternatives and beginnings, and leaves out what must not be there', async () => {
    const { instance, found } = await open(['north weir pump', 'weir north', 'Écluse', 'pumps and weirs', ''])
    expect(found({ all: [[whole('north', 'weir')]] })).toEqual([0])
    expect(found({ all: [[begins('wei')], [begins('pum')]] })).toEqual([0, 3])
    expect(found({ all: [[whole('pump'), whole('ecluse')]] })).toEqual([0, 2])
    expect(found({ all: [[begins('weir')]], none: [whole('north', 'weir'), begins('and')] })).toEqual([1])
    expect(found({ none: [begins('weir')] })).toEqual([2, 4])
    expect(found({})).toEqual([0, 1, 2, 3, 4])
    expect(found({ all: [[]] })).toEqual([])
    await instance.close()
  })

  it('takes signs and operators in words for nothing else', async () => {
    const { instance, found } = await open(['a OR b', 'near', 'x "y" z', 'b', 'a'])
    for (const word of ['"', 'a" OR "b', 'NEAR(a b)', '^x', 'text:x', '\0', "'", '*', '{text}:x', 'y" NOT "'])
      for (const terms of [{ all: [[begins(word)]] }, { none: [whole(word)] }])
        expect(found(terms)).toBeInstanceOf(Array)
    expect(found({ all: [[whole('x "y"')]] })).toEqual([2])
    expect(found({ all: [[begins('a" OR "b')]] })).toEqual([0])
    expect(found({ all: [[whole('x" NOT "near')]] })).toEqual([])
    await instance.close()
  })

  it('checks documents in steps, lets others have their turn, and remembers until something is written', async () => {
    const { instance, documents, windows, search } = await open(
      Array.from({ length: 450 }, (_, at) => `pump ${at % 2}`),
    )
    const asked: string[] = []
    const passes = (document: RxDocumentData<{ readonly [field: string]: unknown }>) => {
      asked.push(textOf(document))
      return textOf(document).endsWith('1')
    }
    let turns = 0
    let spinning = true
    const spin = () => {
      turns += 1
      if (spinning) setImmediate(spin)
    }
    setImmediate(spin)
    const ask = async (terms: SearchTerms) => {
      const hits = await search.checked(terms, { key: 'odd', passes }, {})
      return windows.count({ ...ANY, search: hits })
    }
    const terms = { all: [[begins('pump')]], none: [] }
    expect(await ask(terms)).toBe(225)
    spinning = false
    expect(turns).toBeGreaterThan(0)
    expect(asked).toHaveLength(450)
    await ask(terms)
    expect(asked).toHaveLength(450)
    const [first] = documents
    if (first === undefined) throw new Error('no document')
    await instance.bulkWrite([changeItem(first, { more: { name: 'pump 1' } })], 'test')
    expect(await ask(terms)).toBe(226)
    expect(await ask({ all: [], none: [] })).toBe(226)
    await instance.close()
  })

  it('gives the best: texts that begin so, then by weight; of very many, the newest', async () => {
    const rest = Array.from({ length: 2100 }, (_, at) => `mill ${at} with a common word`)
    const first = 'common and old'
    const { instance, search } = await open([
      'a long text in which weir is one of many words',
      'old weir',
      'weir',
      first,
      ...rest,
    ])
    const best = (word: string, limit: number) =>
      search.best({ all: [[begins(word)]], none: [] }, {}, limit).map(document => textOf(document))
    expect(best('weir', 3)).toEqual(['weir', 'old weir', 'a long text in which weir is one of many words'])
    expect(best('weir', 1)).toEqual(['weir'])
    expect(best('common', 3)).toEqual([first, 'mill 2099 with a common word', 'mill 2098 with a common word'])
    expect(search.best({ all: [], none: [whole('weir')] }, {}, 5)).toEqual([])
    await instance.close()
  })
})
