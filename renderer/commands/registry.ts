/**
 * The one list of what can be done: the palette, the help sheet and the shortcuts all read it. Screens add their commands
 * while they are shown; a command added later wins a key over one added earlier.
 */
import type { KeyPress } from './keys.ts'
import { matchesKey } from './keys.ts'

export type CommandGroup = 'Go to' | 'Record' | 'Grid' | 'Needs you' | 'Sync' | 'Farfield'

export interface Command {
  readonly id: string
  readonly title: string
  readonly group: CommandGroup
  /** The first is shown; see keys.ts. */
  readonly keys?: readonly string[]
  /** Absent: always. */
  readonly when?: () => boolean
  /** Absent: the keys are handled where they work (arrows in the grid) and the command is only listed in the help sheet. */
  readonly run?: () => void
  /** Other words to find it by in the palette. */
  readonly also?: string
}

export interface Registry {
  add(commands: readonly Command[]): () => void
  /** What can run now, in the order added. */
  available(): readonly Command[]
  /** Everything, for the help sheet. */
  all(): readonly Command[]
  /** The command a key press means, if any. `typing`: the cursor is in a text field, where only Mod and F keys count. */
  match(press: KeyPress, typing: boolean): Command | undefined
}

export function createRegistry(mac: boolean): Registry {
  const sets: (readonly Command[])[] = []
  const all = () => sets.flat()
  const isAvailable = (command: Command) => command.run !== undefined && (command.when?.() ?? true)
  return {
    add(commands) {
      sets.push(commands)
      return () => {
        const index = sets.indexOf(commands)
        if (index >= 0) sets.splice(index, 1)
      }
    },
    available: () => all().filter(isAvailable),
    all,
    match(press, typing) {
      const plain = !press.ctrlKey && !press.metaKey && !/^F\d+$/.test(press.key)
      if (typing && plain) return undefined
      return all()
        .reverse()
        .find(command => command.keys?.some(keys => matchesKey(keys, press, mac)) === true && isAvailable(command))
    },
  }
}

/** Commands whose title or other words contain every word of the query as a prefix of a word; title matches first. */
export function searchCommands(commands: readonly Command[], query: string): readonly Command[] {
  const words = fold(query).split(/\s+/).filter(Boolean)
  if (words.length === 0) return commands
  const rank = (command: Command): number => {
    const title = ` ${fold(command.title)}`
    const other = ` ${fold(command.also ?? '')}`
    if (words.every(word => title.includes(` ${word}`))) return title.startsWith(` ${words[0] ?? ''}`) ? 0 : 1
    return words.every(word => title.includes(` ${word}`) || other.includes(` ${word}`)) ? 2 : 3
  }
  return commands
    .map((command, index) => ({ command, index, rank: rank(command) }))
    .filter(item => item.rank < 3)
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(item => item.command)
}

/** Lower case without accents. */
export function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
}
