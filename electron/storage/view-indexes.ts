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
  /**
   * Makes the view's index in the file's thread where that takes longer than main may stand still: resolves once the view
   * can be read. Undefined where `ensure` has nothing long to do.
   */
  prepare(view: CompiledView, countRows: () => number): Promise<void> | undefined
}

/** Below this, sorting is quicker than keeping another index up to date. */
const SMALLEST = 1000
/** An index of so many rows is made sooner than a thread is asked. */
const MOST_HERE = 4000
const MOST_INDEXES = 24

export function openViewIndexes(table: DocumentTable): ViewIndexes {
  const { file, layout } = table
  const prefix = `${layout.name}|view|`
  const current = `${prefix}${FOLDING_VERSION}|`
  /** In the order of their last use. */
  const names = new Set<string>()
  const underWay = new Map<string, Promise<void>>()
  /** Those that the thread could not make. */
  const failed = new Set<string>()

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

  const nameOf = (view: CompiledView) => `${current}${view.terms.map(term => term.sql).join(', ')}|${view.where}`
  const writeIndex = (view: CompiledView) =>
    `CREATE INDEX IF NOT EXISTS ${quoteName(nameOf(view))} ON ${layout.table}
      (${view.terms.map(term => term.sql).join(', ')}, id) WHERE ${view.where}`

  /** The order that the table itself has needs no index. */
  const isOrdered = (view: CompiledView) => view.terms.length === 0 || view.terms[0]?.sql === 'id'

  /** SQL that drops those that have to go for one more; they are not used from here on. */
  function writeRoom(): string {
    let sql = ''
    for (const old of names) {
      if (names.size < MOST_INDEXES) break
      sql += `DROP INDEX IF EXISTS ${quoteName(old)};`
      names.delete(old)
    }
    return sql
  }

  async function finish(name: string, making: Promise<void>): Promise<void> {
    try {
      await making
      names.add(name)
    } catch {
      // Whoever reads the view next makes it here, and is told what is wrong with the disk or the file.
      failed.add(name)
    } finally {
      underWay.delete(name)
    }
  }

  return {
    ensure(view, countRows) {
      if (isOrdered(view)) return undefined
      const known = findSchemaIndex(view)
      if (known !== undefined) return known
      const name = nameOf(view)
      if (names.delete(name)) {
        names.add(name)
        return quoteName(name)
      }
      // Held: the view is read without an index for once, rather than waiting with main's only thread.
      if (countRows() < SMALLEST || file.writable() !== undefined) return undefined
      const sql = writeRoom() + writeIndex(view)
      file.write(() => file.database.exec(sql))
      names.add(name)
      return quoteName(name)
    },
    prepare(view, countRows) {
      const name = nameOf(view)
      const waited = underWay.get(name)
      if (waited !== undefined) return waited
      if (isOrdered(view) || names.has(name) || failed.has(name) || findSchemaIndex(view) !== undefined)
        return undefined
      if (!file.hasThread() || countRows() <= MOST_HERE) return undefined
      const made = finish(name, file.writeElsewhere(writeRoom() + writeIndex(view)))
      underWay.set(name, made)
      return made
    },
  }
}
