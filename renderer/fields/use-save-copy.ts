/** Saves a copy of a file to the downloads folder, and says under which name. */
import { useCallback } from 'react'
import type { FileRef } from '../../core/model/fields/files.ts'
import { useApp } from '../app-context.ts'
import { words } from '../words/app.ts'

export function useSaveCopy(): (file: FileRef) => Promise<void> {
  const { api, notices, complain } = useApp()
  return useCallback(
    async ({ hash, name }) => {
      notices.show(words.files.saving(name))
      const answer = await api.call('files.save', { hash, name })
      if (answer.ok) notices.show(words.files.saved(answer.value.name))
      else complain(answer.failure)
    },
    [api, notices, complain],
  )
}
