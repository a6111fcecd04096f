/**
 * The person at a simulated laptop: turns a numbered wish ("edit the fourth record's second field") into calls of the real
 * stores, and answers which values are now said to be saved. It looks only at what this laptop shows.
 */
import type { Choice, Undo } from '../../core/model/api.ts'
import type { Value } from '../../core/model/record.ts'
import type { RecordType } from '../../core/model/record-type.ts'
import type { Workspace } from '../../core/database/workspace.ts'
import type { CollectionName } from '../../core/model/protocol.ts'
import { newValue, TYPE } from './wishes.ts'

export type Wish =
  | { readonly do: 'define' }
  | { readonly do: 'create'; readonly mark: number; readonly pick: number }
  | {
      readonly do: 'edit'
      readonly mark: number
      readonly record: number
      readonly field: number
      readonly pick: number
    }
  | { readonly do: 'delete' | 'restore' | 'duplicate'; readonly mark: number; readonly record: number }
  | { readonly do: 'settle'; readonly mark: number; readonly record: number; readonly pick: number }
  | { readonly do: 'undo'; readonly mark: number; readonly pick: number }
  | { readonly do: 'import'; readonly mark: number; readonly pick: number }
  | { readonly do: 'type'; readonly mark: number; readonly pick: number }
  | { readonly do: 'rename'; readonly mark: number }

/** A value that a person was told is saved. */
export interface Saved {
  readonly collection: CollectionName
  readonly id: string
  readonly field: string
  readonly value: Value
}

export interface Deed {
  /** What was really done, in words; undefined where there was nothing to do it with. */
  readonly words: string | undefined
  readonly saved: readonly Saved[]
}

export interface Person {
  act(wish: Wish): Promise<Deed>
  write(record: string, field: string, value: Value): Promise<void>
  keepShown(record: string, field: string): Promise<void>
}

const NOTHING: Deed = { words: undefined, saved: [] }

export function createPerson({ records, types, devices, device, context }: Workspace): Person {
  const { tables } = context
  const undos: Undo[] = []

  async function choose(record: number, wanted: (open: number) => boolean = () => true) {
    const all = (await tables.records.find({})).filter(({ open }) => wanted(open))
    return all.length === 0 ? undefined : all.sort((a, b) => (a.id < b.id ? -1 : 1))[record % all.length]
  }

  function fieldsOf(type: string): RecordType['fields'] {
    return types.get(type)?.fields ?? TYPE.fields
  }

  async function define(): Promise<Deed> {
    if (types.get(TYPE.id) !== undefined) return NOTHING
    await types.save(TYPE)
    return { words: `defines the type ${TYPE.name}`, saved: await savedType(undefined) }
  }

  /** What the type holds that it did not hold before. */
  async function savedType(
    before: { readonly [slot: string]: { readonly value: Value } } | undefined,
  ): Promise<Saved[]> {
    const after = (await tables.types.get([TYPE.id])).get(TYPE.id)?.cells ?? {}
    return Object.entries(after)
      .filter(([slot, { value }]) => JSON.stringify(before?.[slot]?.value) !== JSON.stringify(value))
      .map(([field, { value }]) => ({ collection: 'types', id: TYPE.id, field, value }))
  }

  async function changeType(mark: number, pick: number): Promise<Deed> {
    const type = types.get(TYPE.id)
    if (type === undefined) return NOTHING
    const before = (await tables.types.get([TYPE.id])).get(TYPE.id)?.cells
    const at = pick % Math.max(1, type.fields.length)
    const field = type.fields[at]
    const [next, words] = ((): [RecordType, string] => {
      if (field === undefined || pick % 5 === 0)
        return [{ ...type, name: `Pump ${mark}` }, `names the type Pump ${mark}`]
      if (pick % 5 === 1) {
        const added = { id: `x${mark}`, kind: 'text', label: `Extra ${mark}` } as const
        return [{ ...type, fields: [...type.fields, added] }, `adds the field Extra ${mark}`]
      }
      if (pick % 5 === 2 && type.fields.length > 3)
        return [{ ...type, fields: type.fields.filter(each => each !== field) }, `removes the field ${field.label}`]
      const changed =
        pick % 5 === 3 && field.kind === 'number'
          ? { ...field, unit: `u${mark}` }
          : { ...field, label: `${field.id} ${mark}` }
      return [
        { ...type, fields: type.fields.map(each => (each === field ? changed : each)) },
        `changes the field ${field.label} to ${changed.label} ${changed.unit ?? ''}`,
      ]
    })()
    const done = await types.save(next)
    return done.ok ? { words, saved: await savedType(before) } : NOTHING
  }

  async function savedCells(ids: readonly string[]): Promise<Saved[]> {
    const found = await tables.records.get(ids)
    return [...found.values()].flatMap(({ id, cells }) =>
      Object.entries(cells).map(([field, { value }]): Saved => ({ collection: 'records', id, field, value })),
    )
  }

  const acts: { readonly [D in Wish['do']]: (wish: Extract<Wish, { do: D }>) => Promise<Deed> } = {
    define,
    async create({ mark, pick }) {
      const fields = fieldsOf(TYPE.id).filter((_, index) => index === 0 || ((pick >> index) & 1) === 1)
      const cells = Object.fromEntries(fields.map(field => [field.id, newValue(field, mark, pick, undefined)]))
      const made = await records.create(TYPE.id, cells)
      if (!made.ok) return NOTHING
      undos.push(made.value.undo)
      const { id } = made.value
      const saved = Object.entries(cells).filter(([, value]) => value !== null)
      return {
        words: `creates record ${id} with ${JSON.stringify(Object.fromEntries(saved))}`,
        saved: saved.map(([field, value]) => ({ collection: 'records', id, field, value })),
      }
    },
    async edit({ mark, record, field, pick }) {
      const chosen = await choose(record)
      if (chosen === undefined) return NOTHING
      const fields = fieldsOf(chosen.type)
      const known = fields[field % Math.max(1, fields.length)]
      if (known === undefined) return NOTHING
      const value = newValue(known, mark, pick, chosen.cells[known.id]?.value)
      const done = await records.edit([{ record: chosen.id, field: known.id, value }])
      if (!done.ok) return NOTHING
      undos.push(done.value.undo)
      return {
        words: `edits ${known.label} of ${chosen.id} to ${JSON.stringify(value)}`,
        saved: value === null ? [] : [{ collection: 'records', id: chosen.id, field: known.id, value }],
      }
    },
    delete: wish => deleteOrRestore(wish),
    restore: wish => deleteOrRestore(wish),
    async duplicate({ record }) {
      const chosen = await choose(record)
      const done = chosen === undefined ? undefined : await records.duplicate([chosen.id])
      if (!done?.ok) return NOTHING
      undos.push(done.value.undo)
      return { words: `duplicates ${chosen?.id}`, saved: await savedCells(done.value.ids) }
    },
    async settle({ mark, record, pick }) {
      const chosen = await choose(record, open => open > 0)
      const version = chosen?.versions[pick % Math.max(1, chosen.versions.length)]
      if (chosen === undefined || version === undefined) return NOTHING
      const { field, stamp } = version
      const known = fieldsOf(chosen.type).find(({ id }) => id === field)
      const fresh = known === undefined ? undefined : newValue(known, mark, pick, chosen.cells[field]?.value)
      const choices: Choice[] = [{ kind: 'shown' }, { kind: 'version', stamp }, { kind: 'before', stamp }]
      if (fresh !== undefined) choices.push({ kind: 'value', value: fresh })
      const choice = choices[pick % choices.length] ?? { kind: 'shown' }
      const done = await records.settle(chosen.id, field, choice)
      if (!done.ok) return NOTHING
      undos.push(done.value.undo)
      const value = choice.kind === 'version' ? version.value : choice.kind === 'value' ? choice.value : null
      return {
        words: `settles ${field} of ${chosen.id}: ${choice.kind} ${value === null ? '' : JSON.stringify(value)}`,
        saved: value === null ? [] : [{ collection: 'records', id: chosen.id, field, value }],
      }
    },
    async undo({ pick }) {
      const undo = undos[undos.length - 1 - (pick % 3)]
      const done = undo === undefined ? undefined : await records.undo(undo)
      if (undo === undefined || !done?.ok) return NOTHING
      undos.push(done.value.undo)
      const what =
        undo.kind === 'cells'
          ? undo.cells.map(each => `${each.field} of ${each.record}`)
          : [`settling ${undo.field} of ${undo.record}`]
      return { words: `takes back ${what.join(', ')}`, saved: [] }
    },
    async import({ mark, pick }) {
      const [first] = fieldsOf(TYPE.id)
      if (first === undefined) return NOTHING
      const rows = Array.from({ length: 2 + (pick % 9) }, (_, row) => ({ [first.id]: `row ${mark}.${row}` }))
      const done = await records.importRows(TYPE.id, rows)
      if (!done.ok) return NOTHING
      return { words: `imports ${rows.length} rows ${mark}.*`, saved: await savedCells(done.value) }
    },
    type: ({ mark, pick }) => changeType(mark, pick),
    async rename({ mark }) {
      const value = `Laptop ${mark}`
      const done = await devices.name(value)
      return done.ok
        ? { words: `names itself ${value}`, saved: [{ collection: 'devices', id: device, field: 'name', value }] }
        : NOTHING
    },
  }

  async function deleteOrRestore({
    do: what,
    record,
  }: Extract<Wish, { do: 'delete' | 'restore' | 'duplicate' }>): Promise<Deed> {
    const chosen = await choose(record)
    if (chosen === undefined) return NOTHING
    const done = await (what === 'delete' ? records.delete([chosen.id]) : records.restore([chosen.id]))
    if (!done.ok || done.value.undo.kind !== 'cells' || done.value.undo.cells.length === 0) return NOTHING
    undos.push(done.value.undo)
    return {
      words: `${what}s ${chosen.id}`,
      // That something is there again is no value that could be lost.
      saved: what === 'delete' ? [{ collection: 'records', id: chosen.id, field: '$deleted', value: true }] : [],
    }
  }

  return {
    act: wish => (acts[wish.do] as (wish: Wish) => Promise<Deed>)(wish),
    async write(record, field, value) {
      const done = await records.edit([{ record, field, value }])
      if (!done.ok) throw new Error(done.failure.code)
    },
    async keepShown(record, field) {
      const done = await records.settle(record, field, { kind: 'shown' })
      if (!done.ok) throw new Error(done.failure.code)
    },
  }
}
