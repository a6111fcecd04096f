/** The thread of file jobs as a test runs it: documents of the contract's collection, whose kind is what is searched. */
import { serveFileJob } from './file-job-server.ts'
import { kindOf } from './kind-of.suite.ts'

serveFileJob({
  search: { items: kindOf },
  check: { items: document => (document['rank'] === -666 ? 'rank' : undefined) },
  references: [
    {
      from: 'items',
      to: 'items',
      read: document => {
        const link = (document['more'] as { readonly link?: unknown } | undefined)?.link
        return typeof link === 'string' ? [link] : []
      },
    },
  ],
})
