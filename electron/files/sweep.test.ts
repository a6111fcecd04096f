/** Which files are taken away, on a real workspace whose clock the test moves: whatever names one keeps it. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findFileReferences } from '../../core/database/file-references.ts'
import type { Workspace } from '../../core/database/workspace.ts'
import { toDocument, UNSENT } from '../../core/database/states.ts'
import type { Value } from '../../core/model/record.ts'
import { openFileStore } from '../storage/file-store.ts'
import { openSealedFolder } from '../storage/sealed-folder.ts'
import { openWorkspaceIn } from '../workspace.suite.ts'
import { sweepFiles } from './sweep.ts'

const DAY = 86_400_000
const random = (bytes: number) => new Uint8Array(randomBytes(bytes))
const key = random(32)
/** What they keep is tested with real ones (backup/kept-files.test.ts). */
const noBackups = () => Promise.resolve(new Set<string>())
const type = {
  id: 'pump',
  name: 'Pump',
  icon: 'droplet',
  fields: [
    { id: 'photos', kind: 'files', label: 'Photos' },
    { id: 'notes', kind: 'longText', label: 'Notes' },
  ],
} as const

describe('sweeping the files of a workspace', () => {
  let folder: string
  let workspace: Workspace
  let now = Date.UTC(2026, 10, 25)
  let setAside = false
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'farfield-sweep-'))
    const opened = await openWorkspaceIn(folder, {
      now: () => now,
      report(error) {
        throw error
      },
    })
    workspace = opened.workspace
    await workspace.types.save(type)
    setAside = false
  })
  afterEach(async () => {
    await workspace.close()
    await rm(folder, { recursive: true, force: true })
  })

  const openStore = () => openFileStore({ path: join(folder, 'files'), key, random })
  const openThumbnails = () =>
    openSealedFolder({ path: join(folder, 'thumbnails'), key, purpose: 'thumbnails', random })
  /** As after a start on each of so many days. */
  const sweepDaily = async (
    days: number,
    meanwhile?: () => Promise<void>,
    onRemoved?: (hash: string) => Promise<void>,
  ): Promise<string[]> => {
    const removed: string[] = []
    for (let day = 0; day < days; day++) {
      now += DAY
      const store = await openStore()
      const thumbnails = await openThumbnails()
      const deps = {
        store,
        thumbnails: {
          async remove(hash: string) {
            await onRemoved?.(hash)
            return thumbnails.remove(hash)
          },
        },
        settings: workspace.settings,
        findReferences: async (stopped: () => boolean) => {
          const found = await findFileReferences(workspace.context.tables, stopped)
          await meanwhile?.()
          return found
        },
        findKept: noBackups,
        mayRemove: () => true,
        isSomethingSetAside: async () => setAside,
        now: () => now,
      }
      removed.push(...(await sweepFiles(deps, () => false)))
      await thumbnails.close()
      await store.close()
    }
    return removed
  }
  const add = async (text: string): Promise<{ hash: string; list: Value }> => {
    const store = await openStore()
    const { hash, bytes } = await store.add([Buffer.from(text)])
    await store.close()
    return { hash, list: [{ hash, name: text, bytes, type: 'image/png' }] }
  }
  const create = async (cells: { readonly [field: string]: Value }): Promise<string> => {
    const made = await workspace.records.create('pump', cells)
    if (!made.ok) throw new Error(made.failure.code)
    return made.value.id
  }

  it('takes a file and its thumbnail that nothing names for thirty days, and keeps whatever names one', async () => {
    const added: { hash: string; list: Value }[] = []
    // One after another: a folder is one store's at a time.
    for (const name of ['cell', 'deleted', 'replaced', 'version', 'before', 'pasted', 'of a type', 'orphan'])
      added.push(await add(name))
    const [cell, deleted, replaced, version, before, pasted, ofType, orphan] = added
    await create({ photos: cell!.list })
    await workspace.records.delete([await create({ photos: deleted!.list })])
    const edited = await create({ photos: replaced!.list })
    await workspace.records.edit([{ record: edited, field: 'photos', value: null }])
    await create({ notes: `copied: ${JSON.stringify(pasted!.list)}` })
    // A clash as sync leaves it: a version and what was before it, in a record that is not otherwise known to name them.
    const { tables } = workspace.context
    const [known] = await tables.records.find({ selector: { id: edited } })
    const stamp = known!.created
    const clash = [{ field: 'photos', value: version!.list, stamp, before: before!.list }]
    const state = { id: 'clash', type: 'pump', created: stamp, cells: {}, versions: clash }
    await tables.records.insert([toDocument(state, undefined, UNSENT)])
    const typeState = { id: 'newer', created: stamp, cells: { icon: { value: ofType!.list, stamp } }, versions: [] }
    await tables.types.insert([{ ...typeState, ...UNSENT }])
    const thumbnails = await openThumbnails()
    for (const { hash } of [cell!, orphan!]) await thumbnails.write([Buffer.from('small')], () => hash)

    expect(await sweepDaily(30)).toEqual([])
    expect(await sweepDaily(1)).toEqual([orphan!.hash])
    expect([await thumbnails.has(cell!.hash), await thumbnails.has(orphan!.hash)]).toEqual([true, false])
    expect(await sweepDaily(60)).toEqual([])
    const store = await openStore()
    for (const each of [cell, deleted, replaced, version, before, pasted, ofType])
      expect(await store.verify(each!.hash)).toBe('sound')
    await store.close()
  })

  it('takes nothing that is named while it looks, or added again', async () => {
    const { hash, list } = await add('late')
    expect(await sweepDaily(30)).toEqual([])
    // By sync, say, just after everything was read.
    expect(await sweepDaily(1, async () => void (await create({ photos: list })))).toEqual([])
    // While others are being removed.
    const pair = [await add('first of two'), await add('second of two')]
    expect(await sweepDaily(30)).toEqual([])
    const removing = new Set(pair.map(each => each.hash))
    const taken = await sweepDaily(1, undefined, async gone => {
      removing.delete(gone)
      for (const { hash, list } of pair) if (removing.has(hash)) await create({ photos: list })
    })
    expect(taken).toHaveLength(1)
    const other = await add('again')
    expect(await sweepDaily(30)).toEqual([])
    const store = await openStore()
    await store.add([Buffer.from('again')])
    now += DAY
    const thumbnails = await openThumbnails()
    const findReferences = (stopped: () => boolean) => findFileReferences(workspace.context.tables, stopped)
    const deps = {
      store,
      thumbnails,
      settings: workspace.settings,
      findReferences,
      findKept: noBackups,
      mayRemove: () => true,
      now: () => now,
    }
    expect(await sweepFiles({ ...deps, isSomethingSetAside: async () => false }, () => false)).toEqual([])
    expect([await store.has(hash), await store.has(other.hash)]).toEqual([true, true])
  })

  it('takes nothing while a database lies set aside, nor when it is stopped', async () => {
    await add('orphan')
    setAside = true
    expect(await sweepDaily(40)).toEqual([])
    setAside = false
    expect(await sweepDaily(30)).toEqual([])
    const references = await findFileReferences(workspace.context.tables, () => true)
    expect(references).toBeUndefined()
    expect(await sweepDaily(1)).toHaveLength(1)
  })
})
