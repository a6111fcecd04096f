/**
 * Indexes made on demand for views: partial, per condition and sort, outside RxDB's schema. They are disposable: at most a
 * few dozen are kept, and those of another folding version are dropped when a table is opened.
 */
import type { DocumentTable } from './document-table.ts'
import { quoteName } from './quoting.ts'
import { schemaIndexName } from './table-layout.ts'
import { FOLDING_VERSION } from './text-folding.ts'
import type { CompiledView } from './window-view.ts'

export interface ViewIndexes {
  /**
   * The quoted name of an index from which the view's rows can be read in order, made if it is worth it (about 3 µs a row).
   * Name it in the query: SQLite's planner takes the schema's narrower-looking indexes otherwise, and sorts.
   */
  ensure(view: CompiledView, countRows: () => number): string | undefined
}

/** Below this, sorting is quicker than keeping another index up to date. */
const SMALLEST = 1000
const MOST_INDEXES = 24

export function openViewIndexes(table: DocumentTable): ViewIndexes {
  const { file, layout } = table
  const prefix = `${layout.name}|view|`
  const current = `${prefix}${FOLDING_VERSION}|`
  /** In the order of their last use. */
  const names = new Set<string>()

  const existing = file.prepare("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ?", 'pluck')
  for (const name of existing.all(layout.name) as string[]) {
    if (name.startsWith(current)) names.add(name)
    else if (name.startsWith(prefix)) file.write(() => file.database.exec(`DROP INDEX ${quoteName(name)}`))
  }

  function findSchemaIndex(view: CompiledView): string | undefined {
    const wanted = view.terms.map(term => term.column)
    const found = layout.indexes.find(paths => {
      const head = paths.slice(0, view.wherePaths.length)
      const tail = paths.slice(view.wherePaths.length)
      return (
        view.wherePaths.every(path => head.includes(path)) &&
        wanted.every((path, index) => path !== undefined && tail[index] === path) &&
        tail[wanted.length] === layout.primaryPath
      )
    })
    return found && quoteName(schemaIndexName(layout, found))
  }

  return {
    ensure(view, countRows) {
      if (view.terms.length === 0 || view.terms[0]?.sql === 'id') return undefined
      const known = findSchemaIndex(view)
      if (known !== undefined) return known
      const columns = view.terms.map(term => term.sql).join(', ')
      const name = `${current}${columns}|${view.where}`
      if (names.delete(name)) {
        names.add(name)
        return quoteName(name)
      }
      // Held: the view is read without an index for once, rather than waiting with main's only thread.
      if (countRows() < SMALLEST || file.writable() !== undefined) return undefined
      file.write(() => {
        for (const old of names) {
          if (names.size < MOST_INDEXES) break
          file.database.exec(`DROP INDEX IF EXISTS ${quoteName(old)}`)
          names.delete(old)
        }
        file.database.exec(
          `CREATE INDEX IF NOT EXISTS ${quoteName(name)} ON ${layout.table} (${columns}, id) WHERE ${view.where}`,
        )
      })
      names.add(name)
      return quoteName(name)
    },
  }
}
