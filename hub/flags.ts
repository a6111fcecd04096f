/**
 * Reads the hub's command line and environment into one plain object. It only reads; a wrong flag is an answer, not an
 * exit.
 */
import { homedir, hostname, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { LIMITS } from '../core/model/protocol.ts'

export interface HubFlags {
  readonly command: (typeof COMMANDS)[number]
  /** The device that `revoke` forgets, the file that `backup` makes. */
  readonly argument: string
  readonly host: string
  readonly port: number
  readonly dataFolder: string
  readonly name: string
  readonly advertise: string
  readonly advertisePort: number | undefined
  /** Holds a password. From the environment only: a command line can be read by everybody on the machine. */
  readonly databaseUrl: string | undefined
  /** Every name and address this machine goes by, for the certificate. */
  readonly names: readonly string[]
  readonly maxBytes: number | undefined
  readonly maxFileBytes: number | undefined
  readonly limits: { readonly fileBytes: number }
}

export const USAGE = `farfield-hub [run]            start the hub and print a pairing code
farfield-hub pair             print another pairing code for the hub that runs on this data folder
farfield-hub devices          list the paired devices
farfield-hub revoke DEVICE    forget a device's token
farfield-hub backup FILE      write a copy of the SQLite database, while the hub runs
farfield-hub new-epoch        let every laptop start again from 0 and offer what it has, after a restore

  --host ADDRESS     listen here (FARFIELD_HUB_HOST; 127.0.0.1, this computer only)
  --port NUMBER      listen here (FARFIELD_HUB_PORT; 8470; 0 takes a free one)
  --data FOLDER      database, keys and certificates (FARFIELD_HUB_DATA; ~/.local/share/farfield-hub)
  --name TEXT        what people see when they pair (FARFIELD_HUB_NAME; this computer's name)
  --advertise HOST   what laptops reach this hub by; goes into the pairing code (FARFIELD_HUB_ADVERTISE; first address)
  --advertise-port N the port they reach it by, when it is not --port (FARFIELD_HUB_ADVERTISE_PORT)
  --max-megabytes N  the database never grows beyond this (FARFIELD_HUB_MAX_MEGABYTES; no limit)
  --files-megabytes N  photos and files of a workspace never take more (FARFIELD_HUB_FILES_MEGABYTES; no limit)
  --file-megabytes N   the largest photo or file (FARFIELD_HUB_FILE_MEGABYTES; 1907, which is 2 GB)
  --help             this text

HUB_DATABASE_URL=postgresql://user:password@host:5432/database keeps everything but files and keys in PostgreSQL.
`

const COMMANDS = ['run', 'pair', 'devices', 'revoke', 'backup', 'new-epoch'] as const

/** Undefined for `--help` and for anything that is not understood; `problem` then says what. */
export function readFlags(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): { readonly flags: HubFlags | undefined; readonly problem: string | undefined } {
  const no = (problem: string | undefined) => ({ flags: undefined, problem })
  const text = { type: 'string' } as const
  let parsed
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        host: text,
        port: text,
        data: text,
        name: text,
        advertise: text,
        'advertise-port': text,
        'max-megabytes': text,
        'files-megabytes': text,
        'file-megabytes': text,
        help: { type: 'boolean' },
      },
    })
  } catch (error) {
    return no(error instanceof Error ? error.message : 'the flags cannot be read')
  }
  const { values, positionals } = parsed
  if (values.help === true) return no(undefined)
  const [word = 'run', argument = '', ...rest] = positionals
  const command = COMMANDS.find(known => known === word)
  if (command === undefined) return no(`there is no command "${word}"`)
  const wantsArgument = command === 'revoke' || command === 'backup'
  if (rest.length > 0 || (argument !== '') !== wantsArgument) return no(`"${word}" takes other words`)
  const port = wholeNumber(values.port ?? environment.FARFIELD_HUB_PORT ?? '8470', 65535)
  if (port === undefined) return no('--port takes a number from 0 to 65535')
  const outerPort = values['advertise-port'] ?? environment.FARFIELD_HUB_ADVERTISE_PORT
  const advertisePort = outerPort === undefined ? undefined : wholeNumber(outerPort, 65535)
  if (outerPort !== undefined && !advertisePort) return no('--advertise-port takes a number from 1 to 65535')
  const sizes = {
    'max-megabytes': values['max-megabytes'] ?? environment.FARFIELD_HUB_MAX_MEGABYTES,
    'files-megabytes': values['files-megabytes'] ?? environment.FARFIELD_HUB_FILES_MEGABYTES,
    'file-megabytes': values['file-megabytes'] ?? environment.FARFIELD_HUB_FILE_MEGABYTES,
  }
  for (const [name, given] of Object.entries(sizes))
    if (given !== undefined && !wholeNumber(given, 1e9)) return no(`--${name} takes a whole number above 0`)
  const host = values.host ?? environment.FARFIELD_HUB_HOST ?? '127.0.0.1'
  const addresses = ownAddresses()
  const fallback = host === '0.0.0.0' || host === '::' ? (addresses[0] ?? hostname()) : host
  const flags: HubFlags = {
    command,
    argument,
    host,
    port,
    dataFolder: values.data ?? environment.FARFIELD_HUB_DATA ?? join(homedir(), '.local', 'share', 'farfield-hub'),
    name: values.name ?? environment.FARFIELD_HUB_NAME ?? hostname(),
    advertise: values.advertise ?? environment.FARFIELD_HUB_ADVERTISE ?? fallback,
    advertisePort,
    databaseUrl: environment.HUB_DATABASE_URL === '' ? undefined : environment.HUB_DATABASE_URL,
    names: [hostname(), ...addresses],
    maxBytes: bytesOf(sizes['max-megabytes']),
    maxFileBytes: bytesOf(sizes['files-megabytes']),
    limits: { fileBytes: Math.min(bytesOf(sizes['file-megabytes']) ?? LIMITS.fileBytes, LIMITS.fileBytes) },
  }
  return /^[A-Za-z0-9.:[\]-]{1,253}$/.test(flags.advertise)
    ? { flags, problem: undefined }
    : no('--advertise takes a host name or an address')
}

function bytesOf(megabytes: string | undefined): number | undefined {
  return megabytes === undefined ? undefined : Number(megabytes) * 1024 * 1024
}

function wholeNumber(text: string, max: number): number | undefined {
  return /^\d{1,10}$/.test(text) && Number(text) <= max ? Number(text) : undefined
}

/** Addresses other machines can reach this one by, IPv4 first. */
function ownAddresses(): string[] {
  const outward = Object.values(networkInterfaces())
    .flatMap(list => list ?? [])
    .filter(entry => !entry.internal && !entry.address.startsWith('fe80'))
  return outward.sort((one, other) => one.family.localeCompare(other.family)).map(entry => entry.address)
}
