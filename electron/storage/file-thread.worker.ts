/**
 * A thread that copies a database file's WAL into it and runs long statements when asked, so that main never waits for
 * that. It has a connection of its own through the same addon (SQLite's locks hold among the connections of one loaded
 * library), writes nothing that it was not asked to write, and never empties a WAL that somebody still reads.
 */
import { parentPort, workerData } from 'node:worker_threads'
import type { ThreadWish } from './file-thread.ts'
import { openSqliteFile, type SqliteFileOptions } from './sqlite-file.ts'

if (parentPort === null) throw new Error('The thread of a file runs as a worker thread')
const port = parentPort
// Made by file-thread.ts, in this process.
const file = openSqliteFile(workerData as SqliteFileOptions)
// It reads a table once from beginning to end: what it keeps of it would only take memory.
file.database.pragma('cache_size=-4096')
port.on('message', (wish: ThreadWish) => {
  if (wish === 'close') {
    void file.close().then(() => port.close())
    return
  }
  try {
    if (wish === 'checkpoint') file.checkpoint()
    else file.database.exec(wish.execute)
    port.postMessage(null)
  } catch (error) {
    port.postMessage(error instanceof Error ? error.message : String(error))
  }
})
