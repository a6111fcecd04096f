// Unit tests: everything named *.test.ts(x) beside its source. The journeys in e2e/ belong to Playwright.
import { defineConfig } from 'vitest/config'
import { ensureSqliteAddon } from './build/sqlite-addon.mjs'

// Builds the addon on the first run where the shipped one cannot be loaded; later only looks it up.
const addon = await ensureSqliteAddon()

export default defineConfig({
  test: {
    include: ['{core,electron,renderer,hub,sim,build}/**/*.test.{ts,tsx}'],
    env: {
      // A test's hub must never write to the database of a hub that somebody runs.
      HUB_DATABASE_URL: '',
      ...(addon.path === undefined ? {} : { FARFIELD_SQLITE_ADDON: addon.path }),
    },
    // A native addon with open handles and worker threads do not end well together.
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
