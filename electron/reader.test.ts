import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createQueryReader } from '../core/database/query-reader.ts'
import type { Workspace } from '../core/database/workspace.ts'
import type { View } from '../core/model/api.ts'
import { openWorkspaceIn } from './workspace.suite.ts'

const type = {
  id: 'pump',
  name: 'Pump',
  icon: 'droplet',
  fields: [
    { id: 'name', kind: 'text', label: 'Name' },
    { id: 'depth', kind: 'number', label: 'Depth' },
    {
      id: 'state',
      kind: 'choice',
      label: 'State',
      choices: [
        { id: 'z', label: 'Low' },
        { id: 'a', label: 'High' },
      ],
    },
  ],
} as const

describe('reading windows from the storage', () => {
  let folder: string
  let workspace: Workspace
  let time = Date.UTC(2026, 10, 20)
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'farfield-reader-'))
    const opened = await openWorkspaceIn(folder, {
      // No two records of one moment: their order would be a matter of chance.
      now: () => (time += 1),
      report: error => {
        throw error
      },
    })
    workspace = opened.workspace
    await workspace.types.save(type)
    for (const cells of [
      { name: 'Épsilon', depth: 9, state: 'a' },
      { name: 'alpha', depth: 10, state: 'z' },
      { name: 'Bravo', state: 'a' },
      { name: 'charlie', depth: -2 },
    ]) {
      await workspace.records.create('pump', cells)
    }
  })
  afterEach(async () => {
    await workspace.close()
    await rm(folder, { recursive: true, force: true })
  })

  const names = async (change: Partial<View> & { field?: string; descending?: boolean } = {}) => {
    const { field = '$title', descending = false, ...rest } = change
    const view: View = { type: 'pump', text: '', sort: { field, descending }, deleted: false, open: false, ...rest }
    const { reader } = workspace.records
    const page = await reader.page(view, 0, 100)
    expect(await reader.count(view)).toBe(page.length)
    for (const [index, { id }] of page.entries()) expect(await reader.position(view, id)).toBe(index)
    const rows = await reader.rows(page.map(({ id }) => id))
    expect(rows.map(({ id, rev }) => ({ id, rev }))).toEqual(page)
    return rows.map(({ title }) => title).join(' ')
  }

  it('sorts by title, times and fields of the user, empty ones last', async () => {
    expect(await names()).toBe('alpha Bravo charlie Épsilon')
    expect(await names({ descending: true })).toBe('Épsilon charlie Bravo alpha')
    expect(await names({ field: '$createdAt' })).toBe('Épsilon alpha Bravo charlie')
    expect(await names({ field: 'depth' })).toBe('charlie Épsilon alpha Bravo')
    expect(await names({ field: 'depth', descending: true })).toBe('alpha Épsilon charlie Bravo')
    expect(await names({ field: 'name' })).toBe('alpha Bravo charlie Épsilon')
    expect(await names({ type: null })).toBe('alpha Bravo charlie Épsilon')
  })

  it('sorts choices in the order their type gives them', async () => {
    const sorted = (await names({ field: 'state' })).split(' ')
    expect(sorted[0]).toBe('alpha')
    expect(sorted.slice(1, 3).sort()).toEqual(['Bravo', 'Épsilon'])
    expect(sorted[3]).toBe('charlie')
  })

  it('finds all words as prefixes without regard to case and accents, whatever is typed', async () => {
    expect(await names({ text: 'eps' })).toBe('Épsilon')
    expect(await names({ text: 'BR' })).toBe('Bravo')
    expect(await names({ text: 'alpha eps' })).toBe('')
    for (const text of ['"', '*', 'a AND', 'NEAR(', "'; DROP", '(', '-', ':']) await names({ text })
  })

  it('understands phrases, fields and what must not be there', async () => {
    expect(await names({ text: '-alpha' })).toBe('Bravo charlie Épsilon')
    expect(await names({ text: 'depth:10' })).toBe('alpha')
    expect(await names({ text: 'depth:1' })).toBe('')
    expect(await names({ text: 'state:hi' })).toBe('Bravo Épsilon')
    expect(await names({ text: 'STATE:"high" -name:br' })).toBe('Épsilon')
    expect(await names({ text: 'state:""' })).toBe('charlie')
    expect(await names({ text: '-state:low', type: null })).toBe('Bravo charlie Épsilon')
    expect(await names({ text: 'nofield:alpha' })).toBe('')
    expect(await names({ text: '"alph"' })).toBe('')
    expect(await names({ text: '"alph' })).toBe('alpha')
  })

  it('finds the same records as the general reader, whatever is typed', async () => {
    const words = ['weir', 'Weiß', 'weiss', 'North', 'nord', 'seal', 'écluse', '東京都', '12', '12.5', 'a-b', 'OR']
    const { context, types } = workspace
    const general = createQueryReader(context.tables.records, () => null, types.list)
    const { reader } = workspace.records
    const text = fc.array(fc.constantFrom(...words), { maxLength: 4 }).map(all => all.join(' '))
    for (const cells of fc.sample(
      fc.record(
        { name: text, depth: fc.constantFrom(12, 12.5, -3, 120), state: fc.constantFrom('a', 'z') },
        { requiredKeys: [] },
      ),
      { numRuns: 60, seed: 7 },
    ))
      await workspace.records.create('pump', cells)
    const value = fc.constantFrom(...words, 'we', 'hi', 'Low', '-3', '""', '"north seal"', '"Weir', '')
    const part = fc.oneof(
      value,
      fc
        .tuple(fc.constantFrom('name', 'Depth', 'STATE', '"name"', 'other'), value)
        .map(([label, of]) => `${label}:${of}`),
      fc.string({ maxLength: 6 }),
    )
    const typed = fc
      .array(fc.tuple(fc.constantFrom('', '', '-'), part), { minLength: 1, maxLength: 3 })
      .map(parts => parts.map(([minus, one]) => minus + one).join(' '))
    const found = { some: 0, none: 0 }
    await fc.assert(
      fc.asyncProperty(typed, async text => {
        const view: View = {
          type: 'pump',
          text,
          sort: { field: '$title', descending: false },
          deleted: false,
          open: false,
        }
        const idsOf = async (from: typeof general) => (await from.page(view, 0, 100)).map(({ id }) => id).sort()
        const ids = await idsOf(reader)
        expect(ids).toEqual(await idsOf(general))
        found[ids.length === 0 ? 'none' : 'some'] += 1
      }),
      { numRuns: 250, seed: 11 },
    )
    expect(Math.min(found.some, found.none)).toBeGreaterThan(40)
  })

  it('gives the best first: the very title, titles that begin so, titles that have it, then the rest', async () => {
    for (const cells of [{ name: 'The long weir' }, { name: 'Weir' }, { name: 'Weir of the north' }])
      await workspace.records.create('pump', cells)
    await workspace.types.save({ ...type, fields: [...type.fields, { id: 'notes', kind: 'longText', label: 'Notes' }] })
    await workspace.records.create('pump', { name: 'Mill', notes: 'below the weir' })
    const best = async (text: string) => (await workspace.records.reader.best(text, 10)).map(({ title }) => title)
    expect(await best('weir')).toEqual(['Weir', 'Weir of the north', 'The long weir', 'Mill'])
    expect(await best('notes:weir')).toEqual(['Mill'])
    expect(await best('weir -mill')).toHaveLength(3)
    expect(await best('')).toEqual([])
    expect(await best('-')).toEqual([])
    const [mill] = await workspace.records.reader.best('mill', 1)
    await workspace.records.delete([mill?.id ?? ''])
    expect(await best('mill')).toEqual([])
  })

  it('keeps deleted records apart, and shows only open clashes when asked', async () => {
    const view: View = {
      type: null,
      text: 'bravo',
      sort: { field: '$title', descending: false },
      deleted: false,
      open: false,
    }
    const [bravo] = await workspace.records.reader.page(view, 0, 1)
    await workspace.records.delete([bravo?.id ?? ''])
    expect(await names()).toBe('alpha charlie Épsilon')
    expect(await names({ deleted: true })).toBe('Bravo')
    expect(await names({ open: true })).toBe('')
    expect(await workspace.records.reader.position(view, 'nope')).toBeNull()
  })
})
