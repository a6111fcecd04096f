/**
 * Proves that the layers of docs/architecture.md are enforced: forbidden imports, written into throw-away copies of the
 * folders, must be refused by the linter's and the compiler's real configuration. It must never touch the real folders.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const layerRule = 'eslint(no-restricted-imports)'

const forbidden: readonly (readonly [file: string, target: string])[] = [
  ['core/model/a.ts', 'node:fs'],
  ['core/model/b.ts', 'fs'],
  ['core/model/c.ts', 'rxdb'],
  ['core/model/d.ts', 'electron'],
  ['core/model/h.ts', 'diff'],
  ['core/model/e.ts', '../database/workspace.ts'],
  ['core/model/fields/f.ts', '../../database/workspace.ts'],
  ['core/model/fields/g.ts', '../../../renderer/route.ts'],
  ['core/database/a.ts', '../replication/provider.ts'],
  ['core/database/b.ts', 'node:crypto'],
  ['core/database/c.ts', '../../electron/storage/sqlite-file.ts'],
  ['core/replication/a.ts', '../../hub/server.ts'],
  ['core/replication/providers/b.ts', '../../../electron/window.ts'],
  ['core/replication/c.ts', 'node:https'],
  ['renderer/a.ts', '../electron/window.ts'],
  ['renderer/screens/b.ts', '../../core/database/workspace.ts'],
  ['renderer/c.ts', '../hub/server.ts'],
  ['renderer/d.ts', 'node:fs'],
  ['renderer/e.ts', 'rxdb'],
  ['renderer/f.ts', 'electron'],
  ['hub/a.ts', '../electron/storage/sqlite-file.ts'],
  ['hub/routes/b.ts', '../../core/database/workspace.ts'],
  ['hub/c.ts', '../renderer/route.ts'],
  ['electron/a.ts', '../renderer/route.ts'],
  ['electron/storage/b.ts', '../../hub/server.ts'],
  ['electron/security/c.ts', '../storage/sqlite-file.ts'],
  ['electron/storage/d.ts', '../scheduler/loop.ts'],
  ['electron/scheduler/e.ts', '../ipc/serve.ts'],
  ['electron/storage/k.ts', '../backup/backups.ts'],
  ['electron/backup/l.ts', '../ipc/storage.ts'],
  ['electron/ipc/f.ts', '../system/paths.ts'],
  ['electron/ipc/g.ts', 'electron'],
  ['electron/storage/h.ts', '../window.ts'],
  ['electron/system/i.ts', '../main.ts'],
  ['electron/j.ts', 'electron'],
  ['core/replication/d.ts', '../../sim/run.ts'],
  ['hub/d.ts', '../sim/run.ts'],
  ['sim/a.ts', '../electron/storage/sqlite-file.ts'],
  ['sim/world/b.ts', '../../hub/server.ts'],
]

const allowed: readonly (readonly [file: string, target: string])[] = [
  ['core/model/ok.ts', './record.ts'],
  ['core/model/fields/ok.ts', '../record.ts'],
  ['core/model/diff.ts', 'diff/lib/diff/array.js'],
  ['core/database/ok.ts', '../model/record.ts'],
  ['core/replication/ok.ts', '../database/workspace.ts'],
  ['core/database/rx.ts', 'rxdb'],
  ['renderer/screens/ok.ts', '../../core/model/api.ts'],
  ['hub/ok.ts', '../core/model/protocol.ts'],
  ['hub/node.ts', 'node:https'],
  ['electron/ipc/ok.ts', '../storage/sqlite-file.ts'],
  ['electron/system/ok.ts', 'electron'],
  ['electron/main.ts', './system/paths.ts'],
]

describe('the layers hold', () => {
  let folder = ''
  let refused = new Map<string, readonly string[]>()

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'farfield-layers-'))
    cpSync(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'))
    for (const [file, target] of [...forbidden, ...allowed]) {
      put(file, `import * as it from '${target}'\nexport const kept = it\n`)
    }
    put('core/database/cycle-a.ts', `import { b } from './cycle-b.ts'\nexport const a = () => b\n`)
    put('core/database/cycle-b.ts', `import { a } from './cycle-a.ts'\nexport const b = () => a\n`)
    refused = lint(folder)
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  function put(file: string, text: string): void {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }

  it.each(forbidden)('%s may not import %s', file => {
    expect(refused.get(file)).toContain(layerRule)
  })

  it.each(allowed)('%s may import %s', file => {
    expect(refused.get(file) ?? []).not.toContain(layerRule)
  })

  it('refuses an import cycle', () => {
    expect(refused.get('core/database/cycle-a.ts')).toContain('import(no-cycle)')
  })

  it.each([
    ['node:fs', `import { readFileSync } from 'node:fs'\nexport const kept = readFileSync\n`],
    ['process', `export const kept = process.platform\n`],
    ['document', `export const kept = document.title\n`],
    ['setTimeout', `export const kept = setTimeout\n`],
  ])('the compiler refuses %s in core/model', (word, text) => {
    const tsconfig = readFileSync(join(root, 'core/model/tsconfig.json'), 'utf8')
    const name = word.replace(/\W/g, '')
    put(`tsc-${name}/core/model/tsconfig.json`, tsconfig)
    put(`tsc-${name}/tsconfig.base.json`, readFileSync(join(root, 'tsconfig.base.json'), 'utf8'))
    put(`tsc-${name}/core/model/fine.ts`, 'export const fine = 1\n')
    expect(compile(`tsc-${name}/core/model`)).toBe('')
    put(`tsc-${name}/core/model/bad.ts`, text)
    expect(compile(`tsc-${name}/core/model`)).toMatch(new RegExp(`bad\\.ts.*error TS\\d+.*${word}`))
  })

  function compile(project: string): string {
    const tsc = join(root, 'node_modules', '.bin', 'tsc')
    return spawnSync(tsc, ['-p', join(folder, project), '--noEmit', '--pretty', 'false'], { encoding: 'utf8' }).stdout
  }
})

interface Diagnostic {
  readonly code?: string
  readonly filename: string
}

/** Runs the linter as `npm run lint` does, in `folder`; rule names by file. */
function lint(folder: string): Map<string, readonly string[]> {
  const oxlint = join(root, 'node_modules', '.bin', 'oxlint')
  const outcome = spawnSync(oxlint, ['-f', 'json'], { cwd: folder, encoding: 'utf8' })
  const { diagnostics } = JSON.parse(outcome.stdout) as { readonly diagnostics: readonly Diagnostic[] }
  const byFile = new Map<string, string[]>()
  for (const { code, filename } of diagnostics) {
    const codes = byFile.get(filename) ?? []
    codes.push(code ?? '')
    byFile.set(filename, codes)
  }
  return byFile
}
