/** What a page may not do, and what may not be found on the disk. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from './fixtures/test.ts'
import { sitAt } from './pages/desk.ts'

test('the page has no Node, no Electron and no bridge', async ({ laptop }) => {
  const { page } = await laptop('Field laptop')
  await expect(page.getByRole('main')).toBeVisible()
  const found = await page.evaluate(() =>
    ['require', 'process', 'module', 'Buffer', 'global', '__dirname', 'electron', 'ipcRenderer', 'chrome.app'].filter(
      name => name in globalThis,
    ),
  )
  expect(found).toEqual([])
})

test('the window is sandboxed, isolated and without Node in every kind of frame', async ({ laptop }) => {
  const { app, page } = await laptop('Field laptop')
  await expect(page.getByRole('main')).toBeVisible()
  const preferences = await app.evaluate(({ webContents }) =>
    webContents.getAllWebContents().map(contents => {
      // Not in the typings; Electron's own tests read it.
      const { getLastWebPreferences } = contents as unknown as { getLastWebPreferences(): Record<string, unknown> }
      return getLastWebPreferences.call(contents)
    }),
  )
  expect(preferences).toHaveLength(1)
  expect(preferences[0]).toMatchObject({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    webviewTag: false,
  })
})

test('the content policy stops an injected inline script, an inline handler and a foreign address', async ({
  laptop,
}) => {
  const { page } = await laptop('Field laptop')
  await expect(page.getByRole('main')).toBeVisible()
  const blocked = await page.evaluate(async () => {
    const violations: string[] = []
    document.addEventListener('securitypolicyviolation', event => violations.push(event.effectiveDirective))
    const script = document.createElement('script')
    script.textContent = 'window.injected = true'
    document.body.append(script)
    const button = document.createElement('button')
    button.setAttribute('onclick', 'window.injected = true')
    document.body.append(button)
    button.click()
    const reached = await fetch('https://example.org/').then(
      () => true,
      () => false,
    )
    // Violations are told in a task of their own.
    await new Promise(done => setTimeout(done, 100))
    return { violations, reached, injected: 'injected' in window }
  })
  expect(blocked.injected).toBe(false)
  expect(blocked.reached).toBe(false)
  expect(blocked.violations).toEqual(expect.arrayContaining(['script-src-elem', 'script-src-attr', 'connect-src']))
})

test('navigation, new windows and permissions are refused', async ({ laptop }) => {
  const { app, page } = await laptop('Field laptop')
  await expect(page.getByRole('main')).toBeVisible()
  const start = page.url()
  expect(start).toBe('app://farfield/index.html')
  // A link to http: an https one would open in the person's own browser.
  const opened = await page.evaluate(() => window.open('http://127.0.0.1:1/') === null)
  expect(opened).toBe(true)
  for (const target of [
    'http://127.0.0.1:1/',
    'file:///etc/passwd',
    'data:text/html,hello',
    'app://elsewhere/index.html',
  ]) {
    await page.evaluate(to => {
      location.href = to
    }, target)
  }
  const granted = await page.evaluate(async () => {
    const names = ['geolocation', 'notifications', 'camera', 'microphone', 'midi', 'clipboard-read'] as PermissionName[]
    const states = await Promise.all(
      names.map(async name =>
        navigator.permissions.query({ name }).then(
          ({ state }) => `${name} ${state}`,
          () => '',
        ),
      ),
    )
    const located = await new Promise(done =>
      navigator.geolocation.getCurrentPosition(
        () => done('located'),
        error => done(error.code),
      ),
    )
    return {
      granted: states.filter(state => state.endsWith('granted')),
      located,
      notify: await Notification.requestPermission(),
    }
  })
  expect(granted).toEqual({ granted: [], located: 1, notify: 'denied' })
  expect(page.url()).toBe(start)
  expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1)
})

test('app:// answers for nothing outside the page’s folder and for no other host', async ({ laptop }) => {
  const { app, page } = await laptop('Field laptop')
  await expect(page.getByRole('main')).toBeVisible()
  const paths = [
    '/../electron/main.mjs',
    '/%2e%2e/electron/main.mjs',
    '/..%2felectron%2fmain.mjs',
    '/%2e%2e%2f%2e%2e%2fpackage.json',
    '/assets/../../electron/main.mjs',
    '/..%5celectron%5cmain.mjs',
    '//etc/passwd',
    '/etc/passwd',
    '/index.html%00.js',
  ]
  const statuses = await page.evaluate(
    all => Promise.all(all.map(async path => (await fetch(`app://farfield${path}`)).status)),
    paths,
  )
  expect(statuses).toEqual(paths.map(() => 404))
  // From main, where no same-origin rule stands in between.
  const foreign = await app.evaluate(async ({ net }) => (await net.fetch('app://elsewhere/index.html')).status)
  expect(foreign).toBe(404)
})

test('what was typed is nowhere in plain text: database, WAL, profile, temp folder', async ({ laptop }) => {
  const marker = 'Zebrafinch-9041-marker'
  // A short path: Chromium puts a socket in it.
  const temp = await mkdtemp(join(tmpdir(), 'farfield-temp-'))
  const field = await laptop('Field laptop', { env: { TMPDIR: temp } })
  const desk = sitAt(field.page)
  await desk.begin('Field laptop')
  await desk.fill('Site', marker)
  await desk.fill('Notes', `${marker} and more `.repeat(50))
  await desk.goTo('All records')
  await desk.filter.fill(marker)
  await expect(desk.row(marker)).toBeVisible()

  const workspace = join(field.profile, 'workspace')
  // While it runs, so that the WAL and shared memory still hold what was just written; and again after a clean end.
  expect(await readdir(workspace)).toEqual(expect.arrayContaining(['workspace.db', 'workspace.db-wal']))
  expect(await filesWith(marker, field.profile)).toEqual([])
  expect(await filesWith(marker, temp)).toEqual([])
  expect((await readFile(join(workspace, 'workspace.db'))).subarray(0, 15).toString('latin1')).not.toBe(
    'SQLite format 3',
  )
  await field.quit()
  expect(await filesWith(marker, field.profile)).toEqual([])
  expect(await filesWith(marker, temp)).toEqual([])

  // The search itself must be able to find: the same text in a file beside the database.
  await writeFile(join(workspace, 'canary'), `before ${marker} after`)
  expect(await filesWith(marker, field.profile)).toEqual([join(workspace, 'canary')])
  await rm(temp, { recursive: true, force: true })
})

/** Files under `folder` that hold the text as UTF-8 or UTF-16. */
async function filesWith(text: string, folder: string): Promise<readonly string[]> {
  const found: string[] = []
  const needles = [Buffer.from(text, 'utf8'), Buffer.from(text, 'utf16le')]
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    // A file may go while the app runs.
    const bytes = await readFile(path).catch(() => Buffer.alloc(0))
    if (needles.some(needle => bytes.includes(needle))) found.push(path)
  }
  return found
}
