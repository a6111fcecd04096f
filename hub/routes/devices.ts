/**
 * GET /v1/ws/:ws/devices, DELETE /v1/ws/:ws/devices/:id and DELETE /v1/ws/:ws/device: who may come in, and taking that back,
 * from oneself or from a laptop that was lost. Documents are never touched.
 */
import * as v from 'valibot'
import type { DevicesResponse } from '../../core/model/protocol.ts'
import { parseStrictly, refuse, refuseFault } from './answers.ts'
import { callerOf } from './authentication.ts'
import type { HubApp, RouteContext } from './context.ts'

const deviceId = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/))

export function addDeviceRoutes(app: HubApp, { storage }: RouteContext): void {
  app.get('/v1/ws/:ws/devices', async (request, reply) => {
    const { workspace, device } = callerOf(request)
    const known = await storage.listDevices(workspace)
    if (!known.ok) return refuseFault(reply, known.fault)
    const devices = known.value.map(({ device: id, name, pairedAt, seenAt }) => ({ id, name, pairedAt, seenAt }))
    return { own: device, devices } satisfies DevicesResponse
  })

  app.delete<{ Params: { id: string } }>('/v1/ws/:ws/devices/:id', async (request, reply) => {
    const id = parseStrictly(deviceId, request.params.id)
    if (id === undefined) return refuse(reply, { code: 'badRequest' })
    const revoked = await storage.revokeDevice(id, callerOf(request).workspace)
    if (!revoked.ok) return refuseFault(reply, revoked.fault)
    return revoked.value ? { ok: true } : refuse(reply, { code: 'notFound' })
  })

  app.delete('/v1/ws/:ws/device', async (request, reply) => {
    const { device, workspace } = callerOf(request)
    const revoked = await storage.revokeDevice(device, workspace)
    return revoked.ok ? { ok: true } : refuseFault(reply, revoked.fault)
  })
}
