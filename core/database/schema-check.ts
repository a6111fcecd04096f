/**
 * Holds documents against their collection's schema at every write, with RxDB's own check. The library that it takes is
 * loaded with the first write or when `prepare` says so, not at the start: 200 KB of it.
 */
import { INTERNAL_STORAGE_NAME, type RxStorage, wrappedValidateStorageFactory } from 'rxdb/plugins/core'
import type { RxStorageInstanceCreationParams } from 'rxdb/plugins/core'
import type * as Validation from 'rxdb/plugins/validate-ajv'

/** `prepare` resolves when there is time to load what the first write will need. */
export function checkingStorage(
  storage: RxStorage<unknown, unknown>,
  prepare: Promise<void>,
): RxStorage<unknown, unknown> {
  let validation: typeof Validation | undefined
  const load = async (): Promise<typeof Validation> => {
    validation ??= await import('rxdb/plugins/validate-ajv')
    // That the schemas themselves are sound is for a test.
    validation.getAjv().opts.validateSchema = false
    return validation
  }
  // If it fails, the write that needs it says so.
  prepare.then(load).catch(() => undefined)

  const checked = wrappedValidateStorageFactory(schema => {
    if (validation === undefined) throw new Error('A write came before its check was loaded')
    return validation.getValidator(schema)
  }, 'ajv')({ storage })
  return {
    ...storage,
    async createStorageInstance<T>(params: RxStorageInstanceCreationParams<T, unknown>) {
      // What RxDB keeps for itself is as sound as RxDB.
      if (params.collectionName === INTERNAL_STORAGE_NAME) return storage.createStorageInstance(params)
      const instance = await checked.createStorageInstance(params)
      const write = instance.bulkWrite.bind(instance)
      instance.bulkWrite = async (rows, context) => {
        await load()
        return write(rows, context)
      }
      return instance
    },
  }
}
