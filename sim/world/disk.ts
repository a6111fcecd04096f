/**
 * What a laptop's disk holds: the tables of one database, written in whole transactions and numbered by one sequence. It
 * outlives the programs that run on it; a program that has been cut off must never write to it again.
 */

export interface StoredDocument {
  readonly id?: string
  readonly [key: string]: unknown
}

export interface Row {
  readonly seq: number
  readonly document: StoredDocument
}

export interface DiskTable {
  readonly rows: Map<string, Row>
  lastSeq: number
}

/** A copy of everything, as a backup has it. */
export interface DiskImage {
  readonly tables: ReadonlyMap<string, { readonly rows: ReadonlyMap<string, Row>; readonly lastSeq: number }>
}

export interface Disk {
  /** Transactions so far. */
  readonly writes: number
  table(name: string): DiskTable
  drop(name: string): void
  /** All or nothing. `told` hears of every transaction, for the trace. */
  commit(name: string, documents: ReadonlyMap<string, StoredDocument>): void
  image(): DiskImage
  restore(image: DiskImage): void
}

export function createDisk(told: (table: string, documents: ReadonlyMap<string, StoredDocument>) => void): Disk {
  const tables = new Map<string, DiskTable>()
  let writes = 0

  function table(name: string): DiskTable {
    const known = tables.get(name)
    if (known !== undefined) return known
    const made: DiskTable = { rows: new Map(), lastSeq: 0 }
    tables.set(name, made)
    return made
  }

  return {
    get writes() {
      return writes
    },
    table,
    drop(name) {
      tables.delete(name)
    },
    commit(name, documents) {
      const target = table(name)
      for (const [id, document] of documents) {
        target.lastSeq += 1
        target.rows.set(id, { seq: target.lastSeq, document })
      }
      writes += 1
      told(name, documents)
    },
    image: () => ({
      tables: new Map([...tables].map(([name, { rows, lastSeq }]) => [name, { rows: new Map(rows), lastSeq }])),
    }),
    restore(image) {
      tables.clear()
      for (const [name, { rows, lastSeq }] of image.tables) tables.set(name, { rows: new Map(rows), lastSeq })
    },
  }
}
