/**
 * Runs the peers one after the other, in rounds: whatever else the machine does then meets all of them. Each measurement
 * has its own process and an empty folder. It measures nothing itself.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { say } from '../report.ts'
import type { BenchBundle } from './bundle.ts'
import { runInChromium } from './chromium.ts'
import type { PeerInput, PeerTask } from './peer.ts'
import type { Timings } from './timings.ts'

export type PeerName = 'raw' | 'memory' | 'plain' | 'encrypted' | 'dexie' | 'pouch'
export type Results = ReadonlyMap<PeerName, Timings>

export interface Place {
  readonly bundle: BenchBundle
  readonly packages: string
  readonly scratch: string
}

export function createRounds(place: Place) {
  async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
    const folder = await mkdtemp(join(place.scratch, 'peer-'))
    try {
      return await work(folder)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  function inProcess(what: PeerTask): Promise<Timings> {
    return inFolder(async folder => {
      const child = fork(place.bundle.peer, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
      const input: PeerInput = { what, folder, packages: place.packages }
      child.send(input)
      const gone = once(child, 'exit').then(([code]) => Promise.reject(new Error(`a peer ended with ${String(code)}`)))
      const [timings] = (await Promise.race([once(child, 'message'), gone])) as [Timings]
      await gone.catch(() => undefined)
      return timings
    })
  }

  const inBrowser = (what: { readonly documents: number } | { readonly runs: number }) =>
    inFolder(folder => runInChromium(place.bundle.page, folder, what))

  async function compare(
    rounds: number,
    peers: readonly PeerName[],
    measure: (peer: PeerName) => Promise<Timings>,
  ): Promise<Results> {
    const results = new Map<PeerName, { [operation: string]: number[] }>()
    for (let round = 1; round <= rounds; round++)
      for (const peer of peers) {
        const began = performance.now()
        const all = results.get(peer) ?? {}
        results.set(peer, all)
        for (const [operation, times] of Object.entries(await measure(peer))) (all[operation] ??= []).push(...times)
        say(`  ${peer}, round ${round} of ${rounds}: ${((performance.now() - began) / 1000).toFixed(1)} s`)
      }
    return results
  }

  return {
    inProcess,
    operations(documents: number, rounds: number, peers: readonly PeerName[]): Promise<Results> {
      say(`operations with ${documents} records`)
      return compare(rounds, peers, peer => {
        if (peer === 'dexie') return inBrowser({ documents })
        if (peer === 'raw' || peer === 'pouch') return inProcess({ task: peer, documents })
        return inProcess({ task: 'operations', storage: peer, documents })
      })
    },
    own(runs: number, rounds: number, peers: readonly PeerName[]): Promise<Results> {
      say("RxDB's own benchmark")
      return compare(rounds, peers, peer => {
        if (peer === 'dexie') return inBrowser({ runs })
        if (peer === 'raw' || peer === 'pouch') throw new Error(`${peer} has no RxDB`)
        return inProcess({ task: 'own', storage: peer, runs })
      })
    },
  }
}
