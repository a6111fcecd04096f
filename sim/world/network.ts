/**
 * The way between laptops and hub. It delays, reorders, drops, repeats and cuts as it is told, and by chance within what
 * it is told; what it has lost it never brings back.
 */
import type { Result } from '../../core/model/failure.ts'
import { LIMITS } from '../../core/model/protocol.ts'
import type {
  HubReply,
  HubRequest,
  HubStreamListener,
  HubTransport,
} from '../../core/replication/providers/hub-transport.ts'
import { createDice, mixSeeds } from './dice.ts'
import type { Hub } from './hub.ts'
import type { Schedule } from './schedule.ts'

export type Fault = 'requestLost' | 'answerLost' | 'repeated' | 'cutOff' | 'slow' | 'streamCut' | 'tickLost'

/** What is wrong with one laptop's way; counts go down as they are met. */
export interface Weather {
  loseRequests: number
  loseAnswers: number
  repeat: number
  /** Until this moment nothing gets through. */
  cutUntil: number
  slowUntil: number
  slowMs: number
  loseTicks: number
}

export interface Network {
  wire(laptop: number): Pick<HubTransport, 'request' | 'stream'>
  weather(laptop: number): Weather
  cutStreams(laptop: number | undefined): void
  tick(): void
  /** Everything that was wrong is right again. */
  clear(): void
  readonly open: number
  /** Times that a laptop began to read a whole collection outside RxDB: it repairs. */
  readonly walks: number
}

export interface NetworkOptions {
  readonly seed: number
  readonly schedule: Schedule
  readonly hub: () => Hub
  readonly laptops: number
  readonly met: (fault: Fault, laptop: number) => void
  readonly trace: (line: string) => void
}

interface Stream {
  readonly laptop: number
  readonly listener: HubStreamListener
  over: boolean
}

const COMMENT_MS = 20_000

export function createNetwork({ seed, schedule, hub, laptops, met, trace }: NetworkOptions): Network {
  const weathers = Array.from({ length: laptops }, (): Weather => ({
    loseRequests: 0,
    loseAnswers: 0,
    repeat: 0,
    cutUntil: 0,
    slowUntil: 0,
    slowMs: 0,
    loseTicks: 0,
  }))
  const streams = new Set<Stream>()
  const counts = weathers.map(() => 0)
  let open = 0
  let walks = 0

  function weather(laptop: number): Weather {
    const found = weathers[laptop]
    if (found === undefined) throw new Error('no such laptop')
    return found
  }

  const unreachable: Result<HubReply> = { ok: false, failure: { code: 'unreachable' } }

  function request(laptop: number, asked: HubRequest): Promise<Result<HubReply>> {
    const number = (counts[laptop] ?? 0) + 1
    counts[laptop] = number
    const dice = createDice(mixSeeds(seed, laptop, number))
    const way = weather(laptop)
    const name = `${laptop} #${number} ${asked.method} ${asked.path.slice(asked.path.lastIndexOf('/'))}`
    trace(`${name} ${asked.body ?? ''}`)
    if (asked.path.includes(`limit=${LIMITS.pageRows}`) && !asked.path.includes('since=')) walks += 1
    const one = (): number => 1 + dice.roll(30) + (schedule.now < way.slowUntil ? dice.roll(way.slowMs) : 0)
    const isCut = (): boolean => schedule.now < way.cutUntil
    open += 1
    return new Promise(resolve => {
      let answered = false
      function answer(result: Result<HubReply>, why: Fault | undefined, wait: number): void {
        if (why !== undefined) met(why, laptop)
        schedule.after(wait, () => {
          if (answered) return
          answered = true
          open -= 1
          asked.signal.removeEventListener('abort', giveUp)
          trace(`${name} = ${result.ok ? result.value.body : (why ?? 'lost')}`)
          resolve(result)
        })
      }
      const giveUp = (): void => answer(unreachable, undefined, 0)
      asked.signal.addEventListener('abort', giveUp)
      if (isCut()) return answer(unreachable, 'cutOff', 3)
      if (way.loseRequests > 0) {
        way.loseRequests -= 1
        return answer(unreachable, 'requestLost', 200 + dice.roll(3_000))
      }
      const deliver = async (): Promise<HubReply> => hub().handle(String(laptop), asked)
      schedule.after(one(), async () => {
        if (isCut()) return answer(unreachable, 'cutOff', dice.roll(2_000))
        const reply = await deliver()
        if (isCut()) return answer(unreachable, 'answerLost', dice.roll(2_000))
        if (way.loseAnswers > 0) {
          way.loseAnswers -= 1
          return answer(unreachable, 'answerLost', 100 + dice.roll(3_000))
        }
        answer({ ok: true, value: reply }, undefined, one())
      })
      if (way.repeat > 0) {
        way.repeat -= 1
        met('repeated', laptop)
        schedule.after(one() + dice.roll(4_000), async () => {
          await deliver()
        })
      }
      if (schedule.now < way.slowUntil) met('slow', laptop)
    })
  }

  function stream(laptop: number, listener: HubStreamListener): () => void {
    const mine: Stream = { laptop, listener, over: false }
    const isCut = (): boolean => schedule.now < weather(laptop).cutUntil
    const dice = createDice(mixSeeds(seed, laptop, (counts[laptop] = (counts[laptop] ?? 0) + 1)))
    schedule.after(2 + dice.roll(20), () => {
      if (mine.over) return
      if (isCut()) return end(mine)
      streams.add(mine)
      listener.open()
    })
    const comment = (): void => {
      if (mine.over) return
      if (streams.has(mine) && !isCut()) listener.text(':\n\n')
      schedule.after(COMMENT_MS, comment)
    }
    schedule.after(COMMENT_MS, comment)
    return () => {
      mine.over = true
      streams.delete(mine)
    }
  }

  function end(mine: Stream): void {
    if (mine.over) return
    mine.over = true
    streams.delete(mine)
    mine.listener.end({ code: 'unreachable' })
  }

  return {
    wire: laptop => ({
      request: asked => request(laptop, asked),
      stream: (_, listener) => stream(laptop, listener),
    }),
    weather,
    cutStreams(laptop) {
      for (const each of [...streams]) {
        if (laptop !== undefined && each.laptop !== laptop) continue
        met('streamCut', each.laptop)
        schedule.after(0, () => end(each))
      }
    },
    tick() {
      for (const each of streams) {
        const way = weather(each.laptop)
        const lost = way.loseTicks > 0 || schedule.now < way.cutUntil
        if (way.loseTicks > 0) way.loseTicks -= 1
        if (lost) met('tickLost', each.laptop)
        else
          schedule.after(5, () => {
            if (!each.over) each.listener.text('event: tick\n\n')
          })
      }
    },
    clear() {
      for (const way of weathers) {
        Object.assign(way, {
          loseRequests: 0,
          loseAnswers: 0,
          repeat: 0,
          cutUntil: 0,
          slowUntil: 0,
          slowMs: 0,
          loseTicks: 0,
        })
      }
    },
    get open() {
      return open
    },
    get walks() {
      return walks
    },
  }
}
