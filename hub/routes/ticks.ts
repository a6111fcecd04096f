/**
 * GET /v1/ws/:ws/stream: hands the connection to the tick stream. It must never send a document.
 */
import { callerOf } from './authentication.ts'
import type { HubApp, RouteContext } from './context.ts'

export function addTicksRoute(app: HubApp, { storage, stream }: RouteContext): void {
  app.get('/v1/ws/:ws/stream', async (request, reply) => {
    const { workspace, device, tokenHash } = callerOf(request)
    reply.hijack()
    stream.add({
      workspace,
      device,
      response: reply.raw,
      async isWelcome() {
        const found = await storage.findDevice(tokenHash)
        return !found.ok || found.value !== undefined
      },
    })
  })
}
