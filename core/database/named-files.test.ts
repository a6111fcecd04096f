import { randomBytes } from 'node:crypto'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { BehaviorSubject } from 'rxjs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { followNamedFiles, type NamedFiles } from './named-files.ts'
import { openWorkspace, type Workspace } from './workspace.ts'

const hash = (digit: string) => digit.repeat(64)
const photo = (digit: string, bytes = 10) => ({ hash: hash(digit), name: `${digit}.jpg`, bytes, type: 'image/jpeg' })

let workspace: Workspace
let named: NamedFiles
const reported: unknown[] = []
beforeEach(async () => {
  workspace = await openWorkspace({
    storage: getRxStorageMemory(),
    name: `named-${randomBytes(4).toString('hex')}`,
    now: Date.now,
    random: randomBytes,
    report: error => reported.push(error),
  })
  const fields = [{ id: 'photos', kind: 'files', label: 'Photos' } as const]
  await workspace.types.save({ id: 'pump', name: 'Pump', icon: 'gauge', fields })
})
afterEach(async () => {
  named.close()
  await workspace.close()
  expect(reported.splice(0)).toEqual([])
})

async function create(...photos: readonly ReturnType<typeof photo>[]): Promise<string> {
  const made = await workspace.records.create('pump', { photos })
  if (!made.ok) throw new Error(made.failure.code)
  return made.value.id
}
const follow = (holds = true) =>
  (named = followNamedFiles(workspace.context.tables.records, new BehaviorSubject(holds), error =>
    reported.push(error),
  ))
async function counted(): Promise<readonly string[]> {
  while (!named.counted) await new Promise(resolve => setTimeout(resolve, 5))
  return [...named.files.keys()].map(each => each.slice(0, 1)).sort()
}

it('knows what records showed before and what they show now, each once, and not what deleted ones did', async () => {
  const first = await create(photo('a'), photo('b'))
  const gone = await create(photo('c'))
  await workspace.records.delete([gone])
  follow()
  expect(await counted()).toEqual(['a', 'b'])
  const second = await create(photo('b', 10), photo('d'))
  expect(await counted()).toEqual(['a', 'b', 'd'])
  expect(named.files.get(hash('d'))).toMatchObject({ bytes: 10, photo: true })
  await workspace.records.edit([{ record: first, field: 'photos', value: [photo('a')] }])
  expect(await counted()).toEqual(['a', 'b', 'd'])
  await workspace.records.delete([second])
  expect(await counted()).toEqual(['a'])
  await workspace.records.restore([gone])
  expect(await counted()).toEqual(['a', 'c'])
})

it('reads nothing, and says that all is counted, while no type has a field for files', async () => {
  await create(photo('a'))
  follow(false)
  expect(await counted()).toEqual([])
})
