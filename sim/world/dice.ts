/** Random numbers from a seed: the only source of chance in the simulation. */

export interface Dice {
  /** A whole number from 0 to sides - 1. */
  roll(sides: number): number
  /** True once in `sides` times. */
  once(sides: number): boolean
  /** From 0 up to 1. */
  fraction(): number
  bytes(count: number): Uint8Array
  pick<T>(from: readonly T[]): T
}

/** mulberry32, by Tommy Ettinger, public domain. */
export function createDice(seed: number): Dice {
  let state = seed | 0
  function draw(): number {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }
  const roll = (sides: number): number => draw() % sides
  return {
    roll,
    once: sides => roll(sides) === 0,
    fraction: () => draw() / 2 ** 32,
    bytes: count => Uint8Array.from({ length: count }, () => draw() & 255),
    pick<T>(from: readonly T[]): T {
      const chosen = from[roll(from.length)]
      if (chosen === undefined) throw new Error('nothing to pick from')
      return chosen
    },
  }
}

/** One number from several, so that every source of chance has a stream of its own. */
export function mixSeeds(...parts: readonly number[]): number {
  let hash = 0x811c9dc5
  for (const part of parts) {
    hash = Math.imul(hash ^ (part | 0), 0x01000193)
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b)
  }
  return hash ^ (hash >>> 13)
}
