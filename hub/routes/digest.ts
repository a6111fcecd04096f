/**
 * GET /v1/ws/:ws/digest: how many documents each collection holds and the XOR of their hashes (rule P7). Read, never
 * computed: the storage keeps it in the transaction that writes.
 */
import { refuseFault } from './answers.ts'
import { callerOf } from './authentication.ts'
import type { HubApp, RouteContext } from './context.ts'

export function addDigestRoute(app: HubApp, { storage }: RouteContext): void {
  app.get('/v1/ws/:ws/digest', async (request, reply) => {
    const digest = await storage.digest(callerOf(request).workspace)
    return digest.ok ? digest.value : refuseFault(reply, digest.fault)
  })
}
