/** A name in a folder that nothing has yet. */
import { existsSync } from 'node:fs'
import { join, parse } from 'node:path'

/** `file` itself, or with " (2)" and so on before its ending. */
export function freePath(folder: string, file: string): string {
  const { name, ext } = parse(file)
  let path = join(folder, file)
  for (let copy = 2; existsSync(path); copy++) path = join(folder, `${name} (${copy})${ext}`)
  return path
}
