/** The story of a run in words: who did what, and what befell them, with records numbered as they appear. */
import type { Schedule } from './world/schedule.ts'

export interface Words {
  readonly story: readonly string[]
  /** `who` is a laptop's number; undefined for the world. */
  tell(who: number | undefined, words: string): void
}

const RECORD_ID = /\b[a-z2-7]{26}\b/g

export function createStory(schedule: Schedule, names: readonly string[], trace: (line: string) => void): Words {
  const story: string[] = []
  const numbers = new Map<string, number>()
  return {
    story,
    tell(who, words) {
      const plain = words.replace(RECORD_ID, id => {
        numbers.set(id, numbers.get(id) ?? numbers.size + 1)
        return `record ${numbers.get(id)}`
      })
      const line = who === undefined ? plain : `${names[who] ?? who} ${plain}`.replace(' :', ':')
      trace(line)
      story.push(`${(schedule.now / 1_000).toFixed(1).padStart(7)} s  ${line}`)
    },
  }
}
