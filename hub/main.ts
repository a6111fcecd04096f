/**
 * The hub's composition root: flags in, a running hub (or one small administrative answer) out. The only file here that
 * touches the process: arguments, clock, randomness, signals, exit code.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { formatPairingCode } from '../core/model/protocol.ts'
import { openCertificate } from './certificate.ts'
import { readFlags, USAGE, type HubFlags } from './flags.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { hashToken } from './routes/authentication.ts'
import { openHub } from './server.ts'
import { backUp } from './storage/sqlite-backup.ts'
import { openStorage } from './storage/open-storage.ts'
import { done } from './storage/storage.ts'

const nativeBinding = process.env.FARFIELD_SQLITE_ADDON
const say = (text: string) => process.stdout.write(`${text}\n`)

async function run(flags: HubFlags): Promise<void> {
  const hub = await openHub({ ...flags, nativeBinding, now: Date.now, random: randomBytes, log: process.stdout })
  const where =
    flags.databaseUrl === undefined ? flags.dataFolder : `PostgreSQL; its keys and files are in ${flags.dataFolder}`
  say(`\nHub "${flags.name}" listens on ${flags.host}, port ${hub.port}. Its data is in ${where}.`)
  if (flags.host === '127.0.0.1') say('Only this computer can reach it. Start it with --host 0.0.0.0 to let others in.')
  sayCode(await hub.pairingCode())
  let stopping = false
  const stop = () => {
    if (stopping) process.exit(1) // asked twice
    stopping = true
    hub.close().then(() => process.exit(0), failWith)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

function sayCode(code: string): void {
  say(`\nPairing code, for one device, good for 15 minutes:\n\n  ${code}\n`)
}

/** These work on the data folder, beside a hub that runs on it. */
async function administer(flags: HubFlags): Promise<void> {
  const file = { path: join(flags.dataFolder, 'hub.sqlite'), nativeBinding, mustExist: true }
  if (flags.command === 'backup' && flags.databaseUrl !== undefined)
    throw new Error('this hub keeps its data in PostgreSQL: back it up with pg_dump (docs/hub.md)')
  if (flags.command === 'backup') {
    backUp(file, flags.argument, randomBytes)
    say(`The database is copied to ${flags.argument}. Keep the .pem files of ${flags.dataFolder} with it.`)
    return
  }
  const storage = await openStorage({ ...flags, nativeBinding, mustExist: true, random: randomBytes, report: say })
  try {
    if (flags.command === 'devices') {
      for (const { device, name, seenAt } of done(await storage.listDevices())) {
        say(`${device}  ${new Date(seenAt).toISOString()}  ${name}`)
      }
    } else if (flags.command === 'new-epoch') {
      done(await storage.renewEpochs())
      say('Every laptop starts again from 0 and offers what it has, with its next sync.')
    } else if (flags.command === 'revoke') {
      const known = done(await storage.revokeDevice(flags.argument))
      say(known ? 'The device has to pair again.' : 'There is no paired device with this id.')
      if (!known) process.exitCode = 1
    } else {
      const address = done(await storage.readSetting('address'))
      if (address === undefined) throw new Error('this hub has never run; start it first')
      const { host, port } = JSON.parse(address) as { host: string; port: number }
      const { spki } = await openCertificate({
        folder: flags.dataFolder,
        names: [],
        now: Date.now,
        random: randomBytes,
      })
      const token = randomBytes(16).toString('base64url')
      const expiresAt = Date.now() + DEFAULT_LIMITS.inviteMs
      done(await storage.addInvite({ workspace: storage.workspace, tokenHash: hashToken(token), expiresAt }))
      sayCode(formatPairingCode({ host, port, spki, token }))
    }
  } finally {
    await storage.close()
  }
}

function failWith(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}

const { flags, problem } = readFlags(process.argv.slice(2), process.env)
if (flags === undefined) {
  process[problem === undefined ? 'stdout' : 'stderr'].write(problem === undefined ? USAGE : `${problem}\n\n${USAGE}`)
  process.exitCode = problem === undefined ? 0 : 2
} else {
  ;(flags.command === 'run' ? run(flags) : administer(flags)).catch(failWith)
}
