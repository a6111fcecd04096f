/**
 * Every rule that docs/*-rules.md promises must be quoted by the title of at least one test, so that no rule is only prose.
 * It reads titles; whether a test proves its rule is for its author and reader.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const documents = readdirSync(join(root, 'docs')).filter(name => name.endsWith('-rules.md'))

describe.each(documents)('%s', document => {
  const rules = rulesOf(readFileSync(join(root, 'docs', document), 'utf8'))
  const titles = testTitles()

  it('defines rules', () => {
    expect(rules.length).toBeGreaterThan(0)
  })

  it.each(rules)('%s is quoted by a test', rule => {
    const quoted = new RegExp(`(?<![A-Za-z0-9])${rule}(?![A-Za-z0-9])`)
    expect(
      titles.some(title => quoted.test(title)),
      `no test title names ${rule}`,
    ).toBe(true)
  })
})

it('the rule documents are there', () => {
  expect(documents).toEqual(expect.arrayContaining(['merge-rules.md', 'schedule-rules.md', 'sync-rules.md']))
})

it('every file that docs/ and the README name is there', () => {
  const pages = [
    'README.md',
    ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map(name => `docs/${name}`),
  ]
  const missing = pages
    .filter(page => page.endsWith('.md'))
    .flatMap(page => {
      const text = readFileSync(join(root, page), 'utf8')
      const named = [...text.matchAll(/`((?:core|electron|renderer|hub|e2e|bench|build)\/[\w./-]+)`/g)]
      return named.map(([, path]) => `${page}: ${path ?? ''}`)
    })
    .filter(entry => !existsSync(join(root, entry.split(': ')[1] ?? '')))
  expect(missing).toEqual([])
})

it('reads titles and rules as people write them', () => {
  expect(rulesOf('**M1** a\n- **S12** b, see **M1**\n**Note** c **M2.** d')).toEqual(['M1', 'S12', 'M2'])
  expect(titlesIn(`it('M1: a', f)\ntest.describe("S2 b", g)\nit.each(rows)(\`P3 %s\`, h)`)).toEqual([
    'M1: a',
    'S2 b',
    'P3 %s',
  ])
})

/** Rule ids a document defines in bold, such as **M1**, once each. */
function rulesOf(text: string): string[] {
  return [...new Set([...text.matchAll(/\*\*([A-Z]\d+)\b[^*\n]*\*\*/g)].map(match => match[1] ?? ''))]
}

function testTitles(): string[] {
  const titles: string[] = []
  for (const folder of ['core', 'electron', 'renderer', 'hub', 'e2e']) {
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      if (/\.(?:test|suite)\.tsx?$/.test(name)) titles.push(...titlesIn(readFileSync(join(root, folder, name), 'utf8')))
    }
  }
  return titles
}

function titlesIn(source: string): string[] {
  const calls = /\b(?:it|test|describe)(?:\.\w+)*(?:\((?!\s*['"`])[^\n]*?\))?\(\s*(['"`])((?:\\.|(?!\1)[\s\S])*)\1/g
  return [...source.matchAll(calls)].map(match => match[2] ?? '')
}
