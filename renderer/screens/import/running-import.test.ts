import { describe, expect, it } from 'vitest'
import { succeed } from '../../../core/model/failure.ts'
import type { RecordType } from '../../../core/model/record-type.ts'
import type { Api } from '../../api/connect.ts'
import { takeBack } from './running-import.ts'

const CITY: RecordType = {
  id: 'city',
  name: 'Town, renamed meanwhile',
  icon: 'house',
  fields: [
    { id: 'name', kind: 'text', label: 'Name' },
    { id: 'new', kind: 'number', label: 'Population' },
    { id: 'own', kind: 'text', label: 'Added meanwhile' },
  ],
}

/** What main is asked to do, where the type has `records` records. */
async function asked(records: number, made: Parameters<typeof takeBack>[2]): Promise<readonly unknown[]> {
  const calls: unknown[] = []
  const api = {
    call: (name: string, input: unknown) => {
      calls.push([name, input])
      return Promise.resolve(succeed(null))
    },
    watch: (_name: string, _input: unknown, next: (frame: object) => void) => {
      queueMicrotask(() => next({ total: records, from: 0, ids: [], rows: [] }))
      return () => undefined
    },
  } as unknown as Api
  await takeBack(api, CITY, made)
  return calls
}

describe('an import that came to nothing', () => {
  it('takes the record type with it that was made for it, unless there are records of the person in it', async () => {
    expect(await asked(0, { type: 'city', fields: ['name', 'new'] })).toEqual([['types.delete', { type: 'city' }]])
    expect(await asked(1, { type: 'city', fields: ['name', 'new'] })).toEqual([])
  })

  it('takes only its own fields from a type that was there, and leaves what was changed of it since', async () => {
    const [name, , own] = CITY.fields
    const kept = { ...CITY, fields: [name, own] }
    expect(await asked(5, { type: null, fields: ['new'] })).toEqual([['types.save', { type: kept }]])
    expect(await asked(5, { type: null, fields: [] })).toEqual([])
  })
})
