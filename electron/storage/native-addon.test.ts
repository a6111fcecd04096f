/** The packaged addon is never loaded where it would crash the process, and the way out is told. */
import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { findIds, insert, makeItem, openInstance } from './contract/contract-case.suite.ts'
import { chooseAddon, UnsupportedRuntimeError } from './native-addon.ts'
import { getRxStorageSQLite } from './rx-storage-sqlite.ts'

describe('the addon', () => {
  it('is the packaged one where it can be loaded, whatever the environment says', () => {
    expect(chooseAddon(undefined, { napi: '10', env: { SQLITE_ADDON: '/other.node' } })).toBeUndefined()
  })

  it('is the one given', () => {
    expect(chooseAddon('/given.node', { napi: '9', env: { SQLITE_ADDON: '/other.node' } })).toBe('/given.node')
    expect(chooseAddon('/given.node', { napi: '10', env: {} })).toBe('/given.node')
  })

  it('is the one of the environment on an older runtime, its plain name before an application’s own', () => {
    const env = { APP_SQLITE_ADDON: '/app.node', SQLITE_ADDON: '/plain.node', MYSQLITE_ADDON: '/no.node' }
    expect(chooseAddon(undefined, { napi: '9', env })).toBe('/plain.node')
    expect(chooseAddon(undefined, { napi: '9', env: { APP_SQLITE_ADDON: '/app.node' } })).toBe('/app.node')
  })

  it('is refused with words on an older runtime without another one', () => {
    const ask = () => chooseAddon(undefined, { napi: '9', env: { MYSQLITE_ADDON: '/no.node', SQLITE_ADDON: '' } })
    expect(ask).toThrow(UnsupportedRuntimeError)
    expect(ask).toThrow(/Node-API 10 .* which has 9\. .* nativeBinding/)
  })

  it('needs no option where the environment names one, or the packaged one can be loaded', async () => {
    const instance = await openInstance(getRxStorageSQLite({ path: ':memory:' }))
    await insert(instance, makeItem({ id: 'a' }))
    expect(await findIds(instance, {})).toEqual(['a'])
    await instance.close()
  })

  it('is asked for in a process of its own before the driver is, which would end it', () => {
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
    const file = new URL('sqlite-file.ts', import.meta.url).href
    const script = `
      Object.defineProperty(process.versions, 'napi', { value: '9' })
      const { openSqliteFile } = await import('${file}')
      try { openSqliteFile({ path: ':memory:' }) } catch (thrown) { process.stdout.write(thrown.name) }`
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.endsWith('SQLITE_ADDON')))
    const run = execFileSync(process.execPath, ['--import', tsx, '--input-type=module', '-e', script], { env })
    expect(run.toString()).toBe('UnsupportedRuntimeError')
  })
})
