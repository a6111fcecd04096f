/**
 * RxDB's own benchmark, `runPerformanceTests` of its test-utils, once per run so that medians can be taken. Of the inserts
 * it keeps only the quickest batches: a plugin notes the time of every one.
 */
import { addRxPlugin, type RxStorage } from 'rxdb'
import { runPerformanceTests } from 'rxdb/plugins/test-utils'
import { createStopwatch, type Timings } from './timings.ts'

const NAMES: { readonly [key: string]: string } = {
  'time-to-first-insert': 'first-insert-ms',
  'find-by-ids-3000': 'byids-3000-ms',
  'serial-inserts-50': 'serial-insert-50-ms',
  'serial-find-by-id-50': 'serial-byid-50-ms',
  'find-by-query': 'find-3000-ms',
  'find-by-query-parallel-4': 'find-parallel-4-ms',
  '4x-count': 'count-4x-ms',
}
const BATCH = 500
/** Not counted: the code is still being compiled. */
const WARM_UP = 2
const WAIT_MS = 20

export async function runOwnOperations(storage: RxStorage<unknown, unknown>, runs: number): Promise<Timings> {
  const watch = createStopwatch()
  let counted = false
  addRxPlugin({
    name: 'bench-insert-times',
    rxdb: true,
    prototypes: {
      RxCollection(prototype: { bulkInsert(documents: unknown[]): Promise<unknown> }) {
        const own = prototype.bulkInsert
        prototype.bulkInsert = function (documents) {
          const insert = () => own.call(this, documents)
          // Single inserts come this way too.
          return counted && documents.length === BATCH ? watch.time('insert-500-ms', insert) : insert()
        }
      },
    },
  })
  for (let run = 0; run < runs + WARM_UP; run++) {
    counted = run >= WARM_UP
    const result = await runPerformanceTests(storage, 'bench', { runs: 1, waitBetweenTests: WAIT_MS, log: false })
    if (!counted) continue
    for (const [key, operation] of Object.entries(NAMES)) watch.note(operation, Number(result[key]))
  }
  return watch.timings
}
