/**
 * A thread that copies a database file's WAL into it when asked, so that main never waits for that. It has a connection of
 * its own through the same addon (SQLite's locks hold among the connections of one loaded library), writes nothing else,
 * and never empties a WAL that somebody still reads.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { openSqliteFile, type SqliteFileOptions } from './sqlite-file.ts'

if (parentPort === null) throw new Error('The checkpointer runs as a worker thread')
const port = parentPort
// Made by checkpointer.ts, in this process.
const file = openSqliteFile(workerData as SqliteFileOptions)
port.on('message', (wish: 'checkpoint' | 'close') => {
  if (wish === 'close') {
    void file.close().then(() => port.close())
    return
  }
  try {
    file.checkpoint()
    port.postMessage(null)
  } catch (error) {
    port.postMessage(error instanceof Error ? error.message : String(error))
  }
})
