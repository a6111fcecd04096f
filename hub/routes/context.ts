/**
 * What every route is given, and nothing more. Routes turn requests into storage calls; they keep no state of their own.
 */
import type { FastifyInstance } from 'fastify'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Server } from 'node:https'
import type { HubLimits } from '../limits.ts'
import type { BlobStorage } from '../storage/blobs.ts'
import type { HubStorage } from '../storage/storage.ts'
import type { TickStream } from '../stream.ts'

export type HubApp = FastifyInstance<Server, IncomingMessage, ServerResponse>

export interface RouteContext {
  readonly storage: HubStorage
  readonly blobs: BlobStorage
  readonly stream: TickStream
  readonly limits: HubLimits
  readonly name: string
  readonly now: () => number
  readonly random: (bytes: number) => Uint8Array
}
