/**
 * Holds documents against their collection's schema at every write, as RxDB's own validation plugin does. What that takes
 * is loaded and compiled with the first write or when `prepare` says so, not at the start: 25 ms of it.
 */
import { getPrimaryFieldOfPrimaryKey, INTERNAL_STORAGE_NAME } from 'rxdb/plugins/core'
import type {
  BulkWriteRow,
  RxStorage,
  RxStorageInstance,
  RxStorageInstanceCreationParams,
  RxStorageWriteError,
  RxStorageWriteErrorValidation,
} from 'rxdb/plugins/core'

/** `prepare` resolves when there is time to load what the first write will need. */
export function checkingStorage(
  storage: RxStorage<unknown, unknown>,
  prepare: Promise<void>,
): RxStorage<unknown, unknown> {
  return {
    ...storage,
    async createStorageInstance<T>(params: RxStorageInstanceCreationParams<T, unknown>) {
      const instance = await storage.createStorageInstance(params)
      // What RxDB keeps for itself is as sound as RxDB.
      if (params.collectionName !== INTERNAL_STORAGE_NAME) checkWrites(instance, prepare)
      return instance
    },
  }
}

function checkWrites<T>(instance: RxStorageInstance<T, unknown, unknown>, prepare: Promise<void>): void {
  const write = instance.bulkWrite.bind(instance)
  const primary = getPrimaryFieldOfPrimaryKey(instance.schema.primaryKey) as keyof BulkWriteRow<T>['document']
  let loading: ReturnType<typeof load> | undefined
  const loaded = () =>
    (loading ??= load().catch((error: unknown) => {
      // The next write tries again.
      loading = undefined
      throw error
    }))
  const load = async () => {
    const { getAjv, getValidator } = await import('rxdb/plugins/validate-ajv')
    // That the schemas themselves are sound is for a test.
    getAjv().opts.validateSchema = false
    // Untyped there: the errors that Ajv found, none for a sound document.
    return getValidator(instance.schema) as (document: unknown) => RxStorageWriteErrorValidation<T>['validationErrors']
  }
  // If it fails, the write that needs it says so.
  prepare.then(loaded).catch(() => undefined)
  instance.bulkWrite = async (rows, context) => {
    const validate = await loaded()
    const sound: BulkWriteRow<T>[] = []
    const errors: RxStorageWriteError<T>[] = []
    for (const row of rows) {
      const validationErrors = validate(row.document)
      if (validationErrors.length === 0) sound.push(row)
      else
        errors.push({
          status: 422,
          isError: true,
          documentId: String(row.document[primary]),
          validationErrors,
          schema: instance.schema,
          writeRow: row,
          context,
        })
    }
    const answer = sound.length > 0 ? await write(sound, context) : { error: [] }
    return { ...answer, error: [...errors, ...answer.error] }
  }
}
