/**
 * Holds documents against their collection's schema at every write, with RxDB's own check. The library that it takes is
 * loaded with the first write or when `prepare` says so, not at the start: 200 KB of it.
 */
import { INTERNAL_STORAGE_NAME, wrappedValidateStorageFactory } from 'rxdb/plugins/core'
import type { RxJsonSchema, RxStorage } from 'rxdb/plugins/core'
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
    return validation.getValidator(withoutTimeSteps(schema))
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

/**
 * RxDB stamps each write with a time in hundredths of a millisecond and has the schema demand just that. From June
 * 2029 on (or under a clock that is ahead) floating point no longer divides such times evenly, and writes would be refused.
 */
function withoutTimeSteps<T>(schema: RxJsonSchema<T>): RxJsonSchema<T> {
  const { _meta: meta, ...properties } = schema.properties as {
    readonly [name: string]: { readonly properties?: object }
  }
  const { lwt, ...others } = (meta?.properties ?? {}) as { readonly lwt?: { readonly [keyword: string]: unknown } }
  if (lwt === undefined) return schema
  const { multipleOf: _, ...loose } = lwt
  return {
    ...schema,
    properties: { ...properties, _meta: { ...meta, properties: { ...others, lwt: loose } } },
  } as unknown as RxJsonSchema<T>
}
