import { resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  CONTENT_SECURITY_POLICY,
  downloadName,
  exportName,
  findPageFile,
  GRANTED_PERMISSIONS,
  isExternalLink,
  isOwnPage,
  PAGE_START,
  WEB_PREFERENCES,
} from './hardening.ts'

const folder = resolve('/srv/page')

describe('which addresses are ours', () => {
  it('takes the page and refuses look-alikes', () => {
    expect(isOwnPage(PAGE_START)).toBe(true)
    for (const url of [
      'app://farfield.evil/index.html',
      'app://evil/index.html',
      'app://user@farfield/index.html',
      'https://farfield/index.html',
      'file:///index.html',
      'about:blank',
      'farfield',
      '',
    ]) {
      expect(isOwnPage(url), url).toBe(false)
    }
  })

  it('opens only https links outside', () => {
    expect(isExternalLink('https://example.org/a?b')).toBe(true)
    for (const url of [
      'http://example.org',
      'file:///etc/passwd',
      'mailto:a@b',
      'javascript:1',
      'https://a:b@c.org',
      'x',
    ]) {
      expect(isExternalLink(url), url).toBe(false)
    }
  })
})

describe('which file an address means', () => {
  it('finds files of the page with their media type', () => {
    expect(findPageFile(folder, 'app://farfield/assets/a%20b.js?v=1')).toEqual({
      path: resolve(folder, 'assets/a b.js'),
      type: 'text/javascript; charset=utf-8',
    })
  })

  it('never leaves the folder, however the way out is written', () => {
    for (const path of [
      '/../main.mjs',
      '/%2e%2e/main.mjs',
      '/%2e%2e%2fmain.mjs',
      '/..%5cmain.mjs',
      '/a/%2E%2E/%2E%2E/main.js',
      '/%00.js',
      '//etc/x.js/..',
      '/c:/x.js',
      '/%E0%A4%A.js',
      '/passwd',
      '/',
    ]) {
      const found = findPageFile(folder, `app://farfield${path}`)
      // The URL parser itself resolves plain dots, which then stay inside.
      if (found !== undefined) expect(found.path.startsWith(`${folder}/`), path).toBe(true)
    }
    for (const path of ['/%2e%2e%2fmain.js', '/..%5cmain.js', '/%00.js', '/c:/x.js', '/%E0%A4%A.js', '/passwd']) {
      expect(findPageFile(folder, `app://farfield${path}`), path).toBeUndefined()
    }
  })

  it('stays inside for any path at all', () => {
    const piece = fc.constantFrom('..', '.', '%2e', '%2f', '%5c', '/', '\\', 'a', 'b.js', '%', '%00', ':', '~', ' ')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), pieces => {
        const found = findPageFile(folder, `app://farfield/${pieces.join('')}.js`)
        return found === undefined || found.path.startsWith(`${folder}/`)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('what the page may save', () => {
  it('is a table of its own making, under a plain name', () => {
    const own = 'blob:app://farfield/0d1c'
    expect(exportName(own, 'refused rows.csv')).toBe('refused rows.csv')
    expect(exportName(own, 'a/../b:c.CSV')).toBe('a .. b c.CSV')
    for (const [url, name] of [
      ['https://example.org/a.csv', 'a.csv'],
      ['blob:app://evil/0d1c', 'a.csv'],
      ['blob:app://farfield.evil/0d1c', 'a.csv'],
      ['data:text/csv,a', 'a.csv'],
      [own, 'a.exe'],
      [own, '.csv'],
      [own, '../.csv'],
      [own, 'a.csv.desktop'],
    ] as const) {
      expect(exportName(url, name), `${url} ${name}`).toBeUndefined()
    }
  })
})

describe('the name of a saved copy', () => {
  it('is the one it has, where that is harmless', () => {
    for (const name of ['IMG_0001.JPG', 'Übersicht 2026.pdf', 'a.tar.gz', 'no ending'])
      expect(downloadName(name)).toBe(name)
    for (const [name, safe] of [
      ['../../etc/passwd', 'etc passwd'],
      ['..\\evil.png', 'evil.png'],
      ['.bashrc', 'bashrc'],
      ['a\u202Egpj.exe', 'a gpj.exe'],
      ['CON.txt', 'file CON.txt'],
      ['nul', 'file nul'],
      ['trailing. ', 'trailing'],
      ['...', 'file'],
      ['x'.repeat(400) + '.jpeg', 'x'.repeat(100) + '.jpeg'],
    ] as const)
      expect(downloadName(name), name).toBe(safe)
  })

  it('stays in its folder for any name at all', () => {
    const piece = fc.constantFrom('..', '.', '/', '\\', ':', 'con', 'a', '\u0000', '\u202e', ' ', '\ud83d', '*')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), pieces => {
        const name = downloadName(pieces.join(''))
        return name !== '' && !/^\.|[/\\:*\0]|[. ]$/.test(name) && resolve(folder, name) === `${folder}/${name}`
      }),
      { numRuns: 2000 },
    )
  })
})

describe('what a page gets', () => {
  it('has no Node, no inline script and no foreign address', () => {
    expect(WEB_PREFERENCES).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
    })
    expect(CONTENT_SECURITY_POLICY).toContain("default-src 'none'")
    expect(CONTENT_SECURITY_POLICY).not.toMatch(/unsafe|https?:|\*/)
    expect([...GRANTED_PERMISSIONS]).toEqual(['clipboard-sanitized-write'])
  })
})
