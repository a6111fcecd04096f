/**
 * Tells whether a table's search index is in step with its documents, and makes it anew: in steps between which everything
 * else has its turn, so that searching and writing go on. It never touches a document.
 */
import type { DocumentTable } from './document-table.ts'
import { quoteName } from './quoting.ts'
import type { BulkLoad } from './sqlite-file.ts'

export interface SearchRebuild {
  /** Whether every document with a text is in the index, and nothing else is. Which words it has there is not compared. */
  isInStep(): Promise<boolean>
  /**
   * Empties the index and fills it. What is searched for meanwhile is found as far as it has come. Ended early by `stopped`
   * (or a crash) it leaves an index that is not in step. `progress` hears of documents.
   * @throws StorageError
   */
  rebuild(progress: (done: number, total: number) => void, stopped: () => boolean): Promise<void>
}

/** Documents written before everything else has its turn: about 10 ms. Fewer would cost more, a transaction each. */
const STEP = 200
const COMPARED = 2000
/** Of the index, merged at a time, and how often after a step. */
const MERGED_PAGES = 64
const MOST_MERGES = 12

export function openSearchRebuild(table: DocumentTable): SearchRebuild {
  const { file, layout, search } = table
  const sizes = quoteName(`${layout.name}/search_docsize`)

  const index = quoteName(`${layout.name}/search`)
  const mergeSql = `INSERT INTO ${index} (${index}, rank) VALUES ('merge', ${MERGED_PAGES})`

  function countAlive(): number {
    const count = `SELECT count(*) FROM ${layout.table}`
    return Number(file.prepare(`SELECT (${count}) - (${count} WHERE deleted = 1)`, 'pluck').get())
  }

  /**
   * Every step leaves a piece, and 16 pieces of a size would be merged in one go, which at the end is thousands of pages.
   */
  async function mergePieces(bulk: BulkLoad): Promise<void> {
    const changes = file.prepare('SELECT total_changes()', 'pluck')
    for (let merges = 0; merges < MOST_MERGES; merges += 1) {
      await bulk.breathe()
      await file.writable()
      const before = Number(changes.get())
      file.write(() => file.prepare(mergeSql).run())
      // FTS5 counts its bookkeeping as one change.
      if (Number(changes.get()) - before < 2) return
    }
  }

  return {
    async isInStep() {
      if (search === undefined) return true
      const version = table.version()
      const alive = file.read(countAlive)
      const indexed = Number(file.read(() => file.prepare(`SELECT count(*) FROM ${sizes}`, 'pluck').get()))
      if (alive === indexed) return true
      let silent = 0
      // By the index of ids, which holds the row ids too: no document is read but those that are not in the search index.
      const sql = `SELECT t.id, t.rid, s.id IS NULL FROM ${layout.table} AS t LEFT JOIN ${sizes} AS s ON s.id = t.rid
        WHERE t.id > ? ORDER BY t.id LIMIT ${COMPARED}`
      for (let last = ''; ;) {
        const rows = file.read(() => file.prepare(sql, 'raw').all(last)) as [string, number, 0 | 1][]
        for (const [, rid, isMissing] of rows) {
          const document = isMissing === 1 ? file.read(() => table.readRow(rid, false)) : undefined
          if (document === undefined || document._deleted) continue
          if (search.textOf(document) !== '') return false
          silent += 1
        }
        const end = rows.at(-1)
        if (end === undefined) break
        last = end[0]
        await nextTurn()
      }
      // Rows of the index without a document are known from the numbers alone, which mean nothing if somebody wrote meanwhile.
      return indexed + silent === alive || table.version() !== version
    },
    async rebuild(progress, stopped) {
      if (search === undefined) return
      const total = file.read(countAlive)
      const bulk = file.beginBulk()
      try {
        await file.writable()
        file.write(() => search.clear())
        const sql = `SELECT rid FROM ${layout.table} WHERE rid > ? AND deleted = 0 ORDER BY rid LIMIT ${STEP}`
        let done = 0
        for (let last = Number.MIN_SAFE_INTEGER; !stopped();) {
          progress(Math.min(done, total), total)
          await bulk.breathe()
          await file.writable()
          const rids = file.write(() => {
            const step = file.prepare(sql, 'pluck').all(last) as number[]
            for (const rid of step) {
              const document = table.readRow(rid, false)
              if (document !== undefined) search.write(rid, document, undefined)
            }
            return step
          })
          await mergePieces(bulk)
          const end = rids.at(-1)
          if (end === undefined) return
          last = end
          done += rids.length
        }
      } finally {
        bulk.end()
        // What was found before or meanwhile is remembered by the table's version.
        table.settle([])
      }
    },
  }
}

function nextTurn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
