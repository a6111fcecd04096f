/** Physical limits measured beside the app: the least work that any implementation of the same job would have to do. */
import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import Database from 'better-sqlite3-multiple-ciphers'
import { parse } from 'csv-parse'

/** Records/s of parsing a CSV and inserting each row as one encrypted SQLite row, and nothing else. */
export async function importFloor(csv: string, path: string): Promise<number> {
  const addon = process.env['FARFIELD_SQLITE_ADDON']
  const database = new Database(path, addon === undefined ? {} : { nativeBinding: addon })
  database.pragma("cipher='aegis'")
  database.pragma(`key="x'${randomBytes(32).toString('hex')}'"`)
  database.pragma('journal_mode=WAL')
  database.exec('CREATE TABLE rows(id INTEGER PRIMARY KEY, body TEXT)')
  const insert = database.prepare('INSERT INTO rows(body) VALUES (?)')
  const write = database.transaction((bodies: readonly string[]) => {
    for (const body of bodies) insert.run(body)
  })
  const began = performance.now()
  let count = 0
  let batch: string[] = []
  for await (const row of createReadStream(csv).pipe(parse({ from: 2 }))) {
    batch.push(JSON.stringify(row))
    count++
    if (batch.length === 200) {
      write(batch)
      batch = []
    }
  }
  write(batch)
  const seconds = (performance.now() - began) / 1000
  database.close()
  return count / seconds
}
