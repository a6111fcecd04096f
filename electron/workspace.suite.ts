/** A real workspace for tests: encrypted on a real disk, its key in a file because there is no keychain. */
import { randomBytes } from 'node:crypto'
import { type LaptopWorkspace, openLaptopWorkspace, type OpeningDeps } from './workspace.ts'

/** The caller closes it; `report` gets what a window would report as a bug. */
export async function openWorkspaceIn(
  folder: string,
  { now = Date.now, report }: { readonly now?: () => number; readonly report: OpeningDeps['report'] },
): Promise<LaptopWorkspace> {
  const opening = await openLaptopWorkspace({
    folder,
    nativeBinding: process.env['FARFIELD_SQLITE_ADDON'],
    keychain: { isReal: () => Promise.resolve(false), wrap: () => Promise.reject(), unwrap: () => Promise.reject() },
    now,
    random: bytes => new Uint8Array(randomBytes(bytes)),
    settled: Promise.resolve(),
    report,
  })
  if (!opening.ok) throw new Error(opening.problem)
  return opening.opened
}
