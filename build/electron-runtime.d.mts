/** Types of electron-runtime.mjs, for the TypeScript that imports it. */
export interface ElectronRuntime {
  readonly kind: 'pinned' | 'stand-in' | 'given'
  readonly version: string
  readonly dist: string
  readonly detail: string
}
export function ensureElectronRuntime(options?: { readonly note?: (text: string) => void }): Promise<ElectronRuntime>
export function runtimeEnvironment(runtime: ElectronRuntime): Readonly<Record<string, string>>
export function electronExecutable(runtime: ElectronRuntime): string
