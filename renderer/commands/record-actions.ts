/** What a person does to whole records: new, duplicate, delete, restore, samples; each can be taken back. */
import { useMemo } from 'react'
import type { TypeSummary } from '../../core/model/api.ts'
import type { RecordId, TypeId } from '../../core/model/record.ts'
import { BOUNDS } from '../../core/model/api.ts'
import { useApp } from '../app-context.ts'
import { words } from '../words/app.ts'

export interface RecordActions {
  create(type: Pick<TypeSummary, 'id'>): Promise<void>
  duplicate(ids: readonly RecordId[]): Promise<void>
  remove(ids: readonly RecordId[]): Promise<void>
  restore(ids: readonly RecordId[]): Promise<void>
  samples(type: Pick<TypeSummary, 'id'>): Promise<void>
}

export function useRecordActions(): RecordActions {
  const { api, go, did, complain, route } = useApp()
  const { place } = route
  const listType: TypeId | null | undefined = place.screen === 'records' ? place.view.type : undefined
  return useMemo<RecordActions>(
    () => ({
      async create(type) {
        const answer = await api.call('records.create', { type: type.id, cells: {} })
        if (!answer.ok) return complain(answer.failure)
        const { id, undo } = answer.value
        did(words.records.created, undo)
        if (listType === type.id) go({ to: 'record', record: id, focusField: true })
        else go({ to: 'recordOf', type: type.id, record: id, focusField: true })
      },
      async duplicate(ids) {
        const answer = await api.call('records.duplicate', { ids: ids.slice(0, BOUNDS.idsPerCall) })
        if (!answer.ok) return complain(answer.failure)
        const made = answer.value.ids
        did(words.records.duplicated(made.length), answer.value.undo, words.records.duplicated(made.length))
        const only = made[0]
        if (made.length === 1 && only !== undefined) go({ to: 'record', record: only })
      },
      async remove(ids) {
        const answer = await api.call('records.delete', { ids: ids.slice(0, BOUNDS.idsPerCall) })
        if (!answer.ok) return complain(answer.failure)
        go({ to: 'record', record: null })
        did(words.records.deleted1(ids.length), answer.value.undo, words.records.deleted1(ids.length))
      },
      async restore(ids) {
        const answer = await api.call('records.restore', { ids: ids.slice(0, BOUNDS.idsPerCall) })
        if (!answer.ok) return complain(answer.failure)
        did(words.records.restored(ids.length), answer.value.undo, words.records.restored(ids.length))
      },
      async samples(type) {
        const answer = await api.call('records.samples', { type: type.id })
        if (!answer.ok) return complain(answer.failure)
        const text = words.records.samplesMade(answer.value.ids.length)
        did(text, answer.value.undo, text)
      },
    }),
    [api, go, did, complain, listType],
  )
}
