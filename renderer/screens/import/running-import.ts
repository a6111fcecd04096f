/** An import that main is running, as the page remembers it: what it needs to show how it goes, wherever the person is. */
import type { FieldId, TypeId } from '../../../core/model/record.ts'
import type { RecordType } from '../../../core/model/record-type.ts'
import type { Api } from '../../api/connect.ts'
import { viewOf } from '../../route.ts'

export interface RunningImport {
  readonly job: string
  readonly fileName: string
  readonly fileBytes: number
  readonly type: TypeId
  readonly made: MadeForImport
}

/** What was made so that the file's columns have somewhere to go. */
export interface MadeForImport {
  /** null: the record type was there before. */
  readonly type: TypeId | null
  readonly fields: readonly FieldId[]
}

/**
 * Takes it away again, and nothing else: `now` is the type as it is, with what the person has changed of it since. A type
 * in which the person has put records of their own stays.
 */
export async function takeBack(api: Api, now: RecordType, made: MadeForImport): Promise<void> {
  if (made.type !== null) {
    if ((await countRecords(api, made.type)) === 0) await api.call('types.delete', { type: made.type })
  } else if (made.fields.length > 0) {
    const { id, name, icon, fields } = now
    const kept = fields.filter(field => !made.fields.includes(field.id))
    await api.call('types.save', { type: { id, name, icon, fields: kept } })
  }
}

/** As they are now: the counts that are shown come a little later. */
function countRecords(api: Api, type: TypeId): Promise<number | undefined> {
  return new Promise(resolve => {
    const stop = api.watch(
      'window',
      { view: viewOf(type), from: 0, to: 1 },
      ({ total }) => {
        resolve(total)
        queueMicrotask(() => stop())
      },
      () => resolve(undefined),
    )
  })
}
