// The journeys on the real app. Traces are made by the laptop fixture: `use.trace` records nothing of an Electron window.
import { defineConfig } from '@playwright/test'
import { ensureElectronRuntime, runtimeEnvironment } from './build/electron-runtime.mjs'
import { ensureSqliteAddon, nodeApiOfElectron } from './build/sqlite-addon.mjs'

// Playwright's Electron launcher reads this variable; workers inherit it. Nobody has to export anything.
const runtime = await ensureElectronRuntime()
Object.assign(process.env, runtimeEnvironment(runtime))
const nodeApi = Math.min(Number(process.versions.napi), nodeApiOfElectron(Number.parseInt(runtime.version, 10) || 99))
const addon = await ensureSqliteAddon(nodeApi)
if (addon.path !== undefined) process.env['FARFIELD_SQLITE_ADDON'] = addon.path

export default defineConfig({
  testDir: 'e2e',
  testMatch: '**/*.test.ts',
  outputDir: 'test-results/e2e',
  workers: 2,
  retries: 0,
  forbidOnly: Boolean(process.env['CI']),
  // Generous, because a machine may be busy; nothing waits for longer than it must.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [['list'], ['json', { outputFile: 'test-results/e2e.json' }]],
})
