import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Workspace } from '../core/database/workspace.ts'
import type { View } from '../core/model/api.ts'
import { openLaptopWorkspace } from './workspace.ts'

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
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'farfield-reader-'))
    const opened = await openLaptopWorkspace({
      folder,
      nativeBinding: process.env['FARFIELD_SQLITE_ADDON'],
      keychain: { isReal: () => Promise.resolve(false), wrap: () => Promise.reject(), unwrap: () => Promise.reject() },
      now: Date.now,
      random: bytes => new Uint8Array(randomBytes(bytes)),
      settled: Promise.resolve(),
      report: error => {
        throw error
      },
    })
    if (!opened.ok) throw new Error(opened.problem)
    workspace = opened.opened.workspace
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
