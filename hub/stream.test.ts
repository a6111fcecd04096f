import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeFolder, makeRow, pairClient, type Client } from './hub-fixture.suite.ts'
import type { Hub } from './server.ts'
import { onEachStorage } from './storages.suite.ts'

onEachStorage(storage => {
  const folder = makeFolder()
  let hub: Hub
  let laptop: Client
  let desktop: Client
  const streams: { close(): void }[] = []

  beforeAll(async () => {
    hub = await storage.open(folder.path, { limits: { heartbeatMs: 50, tickMs: 50, streamsPerDevice: 2 } })
    laptop = await pairClient(hub.pairingCode())
    desktop = await pairClient(hub.pairingCode(), 'desktop')
  })
  afterEach(() => {
    for (const stream of streams.splice(0)) stream.close()
  })
  afterAll(async () => {
    await hub.close()
    folder.remove()
  })

  async function open(client: Client): ReturnType<Client['stream']> {
    const stream = await client.stream()
    streams.push(stream)
    return stream
  }

  async function nextTick(stream: Awaited<ReturnType<Client['stream']>>): Promise<string | undefined> {
    for (;;) {
      const frame = await stream.next()
      if (frame?.startsWith(':') !== true) return frame
    }
  }

  const TICK = expect.stringMatching(/^event: tick\ndata: /) as string

  describe('the stream', () => {
    it('P1: ticks once on opening and after a commit by any device, and never says what changed', async () => {
      const stream = await open(desktop)
      expect(await nextTick(stream)).toEqual(TICK)
      await laptop.pushed([makeRow('ticked', { text: 'marker' })])
      const tick = await nextTick(stream)
      expect(tick).toEqual(TICK)
      expect(tick).not.toMatch(/ticked|marker/)
      expect((await desktop.changes('collection=records')).body.documents).toMatchObject([{ id: 'ticked' }])
    })

    it('makes few ticks of many commits, and the last comes after the last commit', async () => {
      const own = makeFolder()
      const slow = await storage.open(own.path, { limits: { tickMs: 1000 } })
      const client = await pairClient(slow.pairingCode())
      const stream = await open(client)
      await nextTick(stream)
      const commits = 8
      await client.pushed([makeRow('burst-0', 0)])
      let ticks = 1
      expect(await nextTick(stream)).toEqual(TICK) // at once; the commits below fall into its second
      for (let index = 1; index < commits; index += 1) await client.pushed([makeRow(`burst-${index}`, index)])
      for (let seen = 0; seen < commits; ticks += 1) {
        expect(await nextTick(stream)).toEqual(TICK)
        seen = (await client.changes('collection=records')).body.documents.length
      }
      expect(ticks).toBeLessThan(commits)
      await slow.close()
      own.remove()
    })

    it('stays silent but for heartbeats when a push writes nothing', async () => {
      const row = makeRow('quiet', 1)
      await laptop.pushed([row])
      await expect.poll(() => laptop.digest().then(digest => digest.digests.records.count)).toBeGreaterThan(0)
      const stream = await open(desktop)
      await nextTick(stream)
      await stream.next() // a heartbeat, longer than a tick's delay after the push above
      await laptop.pushed([row])
      await laptop.pushed([makeRow('quiet', 2)])
      for (let beats = 0; beats < 3; beats += 1) expect(await stream.next()).toMatch(/^: /)
    })

    it('ends a device’s oldest stream when it opens too many', async () => {
      const [first, second, third] = [await open(desktop), await open(desktop), await open(desktop)]
      await nextTick(second)
      await nextTick(third)
      expect([await nextTick(first), await nextTick(first)]).toEqual([TICK, undefined])
      await laptop.pushed([makeRow('third', 1)])
      expect([await nextTick(second), await nextTick(third)]).toEqual([TICK, TICK])
    })

    it('ends the streams of a revoked device', async () => {
      const lost = await pairClient(hub.pairingCode(), 'lost')
      const stream = await open(lost)
      await nextTick(stream)
      await hub.revokeDevice('lost')
      expect(await nextTick(stream)).toBe(undefined)
    })

    it('does not keep a closing hub open', async () => {
      const own = makeFolder()
      const other = await storage.open(own.path)
      const stream = await open(await pairClient(other.pairingCode()))
      await nextTick(stream)
      await other.close()
      expect(await nextTick(stream)).toBe(undefined)
      own.remove()
    })
  })
})
