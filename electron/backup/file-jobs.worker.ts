/** The thread in which the database is backed up, checked, compacted and salvaged. */
import { serveFileJob } from '../storage/file-job-server.ts'
import { KNOWLEDGE } from './knowledge.ts'

serveFileJob(KNOWLEDGE)
