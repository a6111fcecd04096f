/** Types of sqlite-addon.mjs, for the TypeScript that imports it. */
export const nodeApiHere: number
export function nodeApiOfElectron(major: number): number
export function findSqliteAddon(nodeApi?: number): string | undefined
export function ensureSqliteAddon(
  nodeApi?: number,
  beforeBuild?: () => Promise<void>,
): Promise<{ readonly path: string | undefined; readonly built: boolean }>
