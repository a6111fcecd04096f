import { describe, expect, it } from 'vitest'
import { matchesKey, showKeys } from './keys.ts'
import type { KeyPress } from './keys.ts'
import type { Command } from './registry.ts'
import { createRegistry, searchCommands } from './registry.ts'

function press(key: string, held: Partial<KeyPress> = {}): KeyPress {
  return { key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...held }
}

function command(id: string, more: Partial<Command> = {}): Command {
  return { id, title: id, group: 'Farfield', run: () => undefined, ...more }
}

describe('keys', () => {
  it('reads Mod as Ctrl, and as Cmd on macOS', () => {
    expect(matchesKey('Mod+K', press('k', { ctrlKey: true }), false)).toBe(true)
    expect(matchesKey('Mod+K', press('k', { metaKey: true }), false)).toBe(false)
    expect(matchesKey('Mod+K', press('k', { metaKey: true }), true)).toBe(true)
    expect(matchesKey('Mod+K', press('k', { ctrlKey: true }), true)).toBe(false)
  })

  it('tells Ctrl Z from Ctrl Shift Z, though both type the same letter', () => {
    const undo = press('z', { ctrlKey: true })
    const redo = press('Z', { ctrlKey: true, shiftKey: true })
    expect([matchesKey('Mod+Z', undo, false), matchesKey('Mod+Shift+Z', undo, false)]).toEqual([true, false])
    expect([matchesKey('Mod+Z', redo, false), matchesKey('Mod+Shift+Z', redo, false)]).toEqual([false, true])
  })

  it('takes signs however they are typed', () => {
    expect(matchesKey('?', press('?', { shiftKey: true }), false)).toBe(true)
    expect(matchesKey('Mod+,', press(',', { ctrlKey: true }), false)).toBe(true)
  })

  it('shows keys the way the platform writes them', () => {
    expect(showKeys('Mod+Shift+Z', false)).toBe('Ctrl Shift Z')
    expect(showKeys('Mod+Shift+Z', true)).toBe('⌘ ⇧ Z')
  })
})

describe('command registry', () => {
  it('runs only Mod and F keys while the cursor is in a text field', () => {
    const registry = createRegistry(false)
    registry.add([
      command('skip', { keys: ['S'] }),
      command('find', { keys: ['Mod+F'] }),
      command('pane', { keys: ['F6'] }),
    ])
    expect(registry.match(press('s'), false)?.id).toBe('skip')
    expect(registry.match(press('s'), true)).toBeUndefined()
    expect(registry.match(press('f', { ctrlKey: true }), true)?.id).toBe('find')
    expect(registry.match(press('F6'), true)?.id).toBe('pane')
  })

  it('lets the screen on top win a key, and gives it back when the screen is gone', () => {
    const registry = createRegistry(false)
    registry.add([command('below', { keys: ['Escape'] })])
    const remove = registry.add([command('above', { keys: ['Escape'] })])
    expect(registry.match(press('Escape'), false)?.id).toBe('above')
    remove()
    expect(registry.match(press('Escape'), false)?.id).toBe('below')
  })

  it('passes over a command that cannot run now, and one that is only listed', () => {
    const registry = createRegistry(false)
    registry.add([command('other', { keys: ['Delete'] })])
    const { run: _, ...listed } = command('listed', { keys: ['Delete'] })
    registry.add([command('never', { keys: ['Delete'], when: () => false }), listed])
    expect(registry.match(press('Delete'), false)?.id).toBe('other')
    expect(registry.available().map(each => each.id)).toEqual(['other'])
    expect(registry.all()).toHaveLength(3)
  })

  it('finds commands by the beginnings of words, titles before other words', () => {
    const commands = [
      command('settings', { title: 'Settings', also: 'sync rules' }),
      command('now', { title: 'Sync now' }),
      command('all', { title: 'All records' }),
    ]
    expect(searchCommands(commands, 'sy').map(each => each.id)).toEqual(['now', 'settings'])
    expect(searchCommands(commands, 'NOW sy').map(each => each.id)).toEqual(['now'])
    expect(searchCommands(commands, 'ync')).toEqual([])
    expect(searchCommands(commands, ' ')).toHaveLength(3)
  })
})
