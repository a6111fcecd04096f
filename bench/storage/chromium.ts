/** Dexie where it lives: a page in headless Chromium, with a profile on the disk, served from loopback. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { chromium } from 'playwright'
import type { BrowserBench } from './page.ts'
import type { Timings } from './timings.ts'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
/** As Playwright accepts it: the bundled page is waited for, however long. */
const PAGE = '<!doctype html><meta charset="utf-8"><title>bench</title><script type="module" src="/page.js"></script>'

/** One measurement in a browser with a fresh profile in `folder`. */
export async function runInChromium(
  pageFolder: string,
  folder: string,
  what: { readonly documents: number } | { readonly runs: number },
): Promise<Timings> {
  const script = readFileSync(join(pageFolder, 'page.js'))
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    // An isolated page has a finer clock.
    response.setHeader('cross-origin-opener-policy', 'same-origin')
    response.setHeader('cross-origin-embedder-policy', 'require-corp')
    response.end(isScript ? script : PAGE)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const executable = findBrowser()
  const browser = await chromium.launchPersistentContext(join(folder, 'browser'), {
    headless: true,
    ...(executable === undefined ? { channel: 'chrome' } : { executablePath: executable }),
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  })
  try {
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    await page.waitForFunction(() => 'bench' in globalThis)
    return await page.evaluate(wanted => {
      const { bench } = globalThis as unknown as { bench: BrowserBench }
      return 'runs' in wanted ? bench.own(wanted.runs) : bench.operations(wanted.documents)
    }, what)
  } finally {
    await browser.close()
    server.close()
  }
}

function findBrowser(): string | undefined {
  if (process.platform !== 'linux') return undefined
  for (const name of NAMES) {
    const { stdout } = spawnSync('sh', ['-c', 'command -v "$0"', name], { encoding: 'utf8' })
    if (stdout.trim() !== '') return stdout.trim()
  }
  return undefined
}
