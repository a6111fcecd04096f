/** One hub as a process of the hub's bench: says `ready`, answers each message with a pairing code, ends when let go. */
import { randomBytes } from 'node:crypto'
import { openHub } from '../../hub/server.ts'

const hub = await openHub({
  dataFolder: process.argv[2] ?? '',
  name: 'Bench hub',
  databaseUrl: process.env['HUB_DATABASE_URL'] === '' ? undefined : process.env['HUB_DATABASE_URL'],
  nativeBinding: process.env['FARFIELD_SQLITE_ADDON'],
  now: Date.now,
  random: randomBytes,
  limits: { pairings: { burst: 1_000, perSecond: 100 } },
})
process.on('message', () => {
  hub.pairingCode().then(
    code => process.send?.(code),
    (error: unknown) => {
      throw error
    },
  )
})
process.on('disconnect', () => {
  void hub.close().then(() => process.exit(0))
})
process.send?.('ready')
