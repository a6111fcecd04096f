/**
 * Opens a hub: storage, certificate, TLS listener and routes, and closes them in reverse. It decides nothing about
 * documents; see storage/ for that, and core/model/protocol.ts for what is said on the wire.
 */
import fastify, { LogController } from 'fastify'
import { mkdirSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Server } from 'node:https'
import { join } from 'node:path'
import { formatPairingCode } from '../core/model/protocol.ts'
import { openCertificate } from './certificate.ts'
import { limitConnections, answerBrokenRequest } from './connections.ts'
import { DEFAULT_LIMITS, type HubLimits } from './limits.ts'
import { addRequestRules } from './requests.ts'
import { refuse } from './routes/answers.ts'
import { addAuthentication, hashToken } from './routes/authentication.ts'
import { addBlobRoutes } from './routes/blob.ts'
import { addChangesRoute } from './routes/changes.ts'
import type { HubApp, RouteContext } from './routes/context.ts'
import { addDeviceRoutes } from './routes/devices.ts'
import { addDigestRoute } from './routes/digest.ts'
import { addPairRoute } from './routes/pair.ts'
import { addPushRoute } from './routes/push.ts'
import { addTicksRoute } from './routes/ticks.ts'
import { openFolderBlobs } from './storage/folder-blobs.ts'
import { openStorage } from './storage/open-storage.ts'
import { done, type KnownDevice } from './storage/storage.ts'
import { createTickStream } from './stream.ts'

export interface HubOptions {
  /** Made if missing; keys, certificates, files and the SQLite database live here, readable by this user only. */
  readonly dataFolder: string
  readonly host?: string
  readonly port?: number
  /** The name people see when they pair. */
  readonly name: string
  /** The host laptops reach the hub by, when it is not `host`; it goes into pairing codes and the certificate. */
  readonly advertise?: string
  /** The port laptops reach the hub by, when something passes connections on to several hubs. */
  readonly advertisePort?: number | undefined
  /** Further host names and addresses for the certificate. */
  readonly names?: readonly string[]
  readonly nativeBinding?: string | undefined
  /** Of a PostgreSQL database to use instead of a SQLite file; see PostgresAddress. Never logged. */
  readonly databaseUrl?: string | undefined
  /** Quota of the database, in bytes. */
  readonly maxBytes?: number | undefined
  /** Quota of the photos and files of one workspace, in bytes. */
  readonly maxFileBytes?: number | undefined
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly random: (bytes: number) => Uint8Array
  readonly limits?: Partial<HubLimits>
  /** Takes JSON lines. Nothing is logged without it. */
  readonly log?: { write(line: string): void }
}

export interface Hub {
  readonly port: number
  /** SHA-256 of the certificate's SubjectPublicKeyInfo, base64url. */
  readonly spki: string
  readonly workspace: string
  /** A new code for one device, good for 15 minutes. Rejects when the database cannot keep it. */
  pairingCode(): Promise<string>
  listDevices(): Promise<readonly KnownDevice[]>
  revokeDevice(device: string): Promise<boolean>
  /** Stops listening, lets running requests end, closes the database. */
  close(): Promise<void>
}

export async function openHub(options: HubOptions): Promise<Hub> {
  const { dataFolder, host = '127.0.0.1', advertise = host, now, random } = options
  const limits: HubLimits = { ...DEFAULT_LIMITS, ...options.limits }
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  const certificate = await openCertificate({
    folder: dataFolder,
    names: [host, advertise, ...(options.names ?? [])],
    now,
    random,
  })
  const app = createApp(options, limits, certificate)
  const storage = await openStorage({
    dataFolder,
    databaseUrl: options.databaseUrl,
    nativeBinding: options.nativeBinding,
    maxBytes: options.maxBytes,
    random,
    report: sentence => app.log.warn(sentence),
  })
  const blobs = await openFolderBlobs({
    path: join(dataFolder, 'blobs'),
    maxBytes: options.maxFileBytes,
    spareBytes: limits.spareBytes,
    now,
  })
  const stream = createTickStream(limits)
  const stopListening = storage.onElsewhere(workspace =>
    workspace === undefined ? stream.tickAll() : stream.tick(workspace),
  )
  const context: RouteContext = { storage, blobs, stream, limits, name: options.name, now, random }
  const connections = limitConnections(app.server, limits)
  let closing: Promise<void> | undefined
  addRequestRules(app, limits, () => closing !== undefined)
  app.get('/v1/health', async () => ({ ok: true }))
  addPairRoute(app, context)
  app.register(async (scope: HubApp) => {
    addAuthentication(scope, context)
    addPushRoute(scope, context)
    addChangesRoute(scope, context)
    addDigestRoute(scope, context)
    addTicksRoute(scope, context)
    addDeviceRoutes(scope, context)
    addBlobRoutes(scope, context)
  })

  function dropStale(): void {
    blobs.dropStale().catch((error: unknown) => app.log.error(error, 'old uploads could not be removed'))
  }
  const dropping = setInterval(dropStale, limits.dropMs)
  dropping.unref()

  async function closeAll(): Promise<void> {
    clearInterval(dropping)
    stopListening()
    stream.close()
    const cut = setTimeout(() => connections.cutAll(), limits.closeMs)
    await app.close()
    clearTimeout(cut)
    await blobs.close()
    await storage.close()
  }

  try {
    await app.listen({ host, port: options.port ?? 0, listenTextResolver: address => `listening on ${address}` })
  } catch (error) {
    await closeAll()
    throw error
  }
  dropStale()
  const address = app.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const reached = { host: advertise, port: options.advertisePort ?? port }
  done(await storage.writeSetting('address', JSON.stringify(reached)))

  return {
    port,
    spki: certificate.spki,
    workspace: storage.workspace,
    async pairingCode() {
      const token = Buffer.from(random(16)).toString('base64url')
      const invite = { workspace: storage.workspace, tokenHash: hashToken(token), expiresAt: now() + limits.inviteMs }
      done(await storage.addInvite(invite))
      return formatPairingCode({ ...reached, spki: certificate.spki, token })
    },
    listDevices: async () => done(await storage.listDevices()),
    revokeDevice: async device => done(await storage.revokeDevice(device)),
    close() {
      closing ??= closeAll()
      return closing
    },
  }
}

function createApp(options: HubOptions, limits: HubLimits, certificate: { key: string; chain: string }): HubApp {
  const app: HubApp = fastify<Server, IncomingMessage, ServerResponse>({
    https: {
      key: certificate.key,
      cert: certificate.chain,
      minVersion: 'TLSv1.3',
      handshakeTimeout: limits.handshakeMs,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: Math.min(5_000, limits.headersMs),
      maxHeaderSize: 16 * 1024,
    },
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    bodyLimit: limits.requestBytes,
    logger: options.log === undefined ? false : { level: 'info', stream: options.log },
    logController: new LogController({ disableRequestLogging: true }),
    exposeHeadRoutes: false,
    return503OnClosing: false,
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (_error, _request, reply) => {
      refuse(reply, { code: 'badRequest' })
    },
  })
  return app
}
