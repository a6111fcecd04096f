/** What a page may not do, and what may not be found on the disk. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { drop, takePhoto } from './fixtures/photo.ts'
import { filesWith } from './fixtures/plain-text.ts'
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

test('what was typed, attached, imported and searched for is nowhere in plain text, whatever was done with it', async ({
  laptop,
}, info) => {
  test.setTimeout(120_000)
  const marker = 'Zebrafinch-9041-marker'
  // All that the app may write to is here or in the profile. A short path: Chromium puts a socket in it.
  const home = await mkdtemp(join(tmpdir(), 'farfield-home-'))
  const field = await laptop('Field laptop', { env: { HOME: home, TMPDIR: home }, trace: false })
  const { page } = field
  const desk = sitAt(page)
  await desk.begin('Field laptop')
  await desk.fill('Site', marker)
  await desk.fill('Notes', `${marker} and more `.repeat(50))
  const photos = desk.record.getByRole('group', { name: 'Photos' })
  await drop(photos, `${marker}.jpg`, 'image/jpeg', await takePhoto(page, marker))
  await expect(photos.getByRole('button', { name: `Show ${marker}.jpg` }).locator('img')).toBeVisible()
  await desk.closeRecord()
  const csv = info.outputPath('stations.csv')
  await writeFile(csv, `Name,Remark\n${Array.from({ length: 50 }, (_, row) => `${marker} ${row},x`).join('\n')}\n`)
  const imported = await desk.importCsv(csv, { newType: `Type ${marker}` })
  await expect(imported).toContainText('Imported 50 records')
  await imported.getByRole('button', { name: 'Show records' }).click()
  await desk.goTo('All records')
  await desk.filter.fill(`${marker} 49`)
  await expect(desk.row(`${marker} 49`)).toBeVisible()
  await page.keyboard.press('Control+k')
  await page.keyboard.type(marker)
  await expect(page.getByRole('option', { name: marker }).first()).toBeVisible()
  await page.keyboard.press('Escape')

  await desk.goTo('Settings')
  await page.getByRole('tab', { name: 'Storage' }).click()
  for (const [button, said] of [
    ['Back up now', /^Backed up, /],
    ['Check the database', /^All is well: /],
    ['Compact the database', /^(Compacted: |There was nothing)/],
  ] as const) {
    await page.getByRole('button', { name: button }).click()
    await expect(page.getByRole('status').filter({ hasText: said })).toBeVisible()
  }
  // While it runs, so that the WAL and shared memory still hold what was just written.
  const workspace = join(field.profile, 'workspace')
  expect(await readdir(workspace)).toEqual(
    expect.arrayContaining([
      'workspace.db',
      'workspace.db-wal',
      'workspace.db.outline',
      'files',
      'thumbnails',
      'backups',
    ]),
  )
  const nowhere = async () => {
    for (const folder of [field.profile, home]) expect(await filesWith(marker, folder)).toEqual([])
  }
  await nowhere()
  expect((await readFile(join(workspace, 'workspace.db'))).subarray(0, 15).toString('latin1')).not.toBe(
    'SQLite format 3',
  )

  // A dump of the page's process would hold what it showed.
  const crashed = page.waitForEvent('crash')
  await field.app.evaluate(({ webContents }) => webContents.getAllWebContents()[0]?.forcefullyCrashRenderer())
  await crashed
  await expect
    .poll(() => field.app.evaluate(({ webContents }) => webContents.getAllWebContents()[0]?.isLoadingMainFrame()))
    .toBe(false)
  for (const folder of [field.profile, home])
    expect(
      (await readdir(folder, { recursive: true })).filter(name => /\.dmp$|(^|\/)core(\.\d+)?$/.test(name)),
    ).toEqual([])
  await nowhere()
  await field.kill()
  await nowhere()
  expect(field.output()).not.toContain(marker)

  // It was all there: the same places hold it for who has the key.
  await field.reopen()
  const again = sitAt(field.page)
  await again.goTo('Inspection')
  await expect(again.row(marker)).toBeVisible()
  await field.quit()
  await nowhere()

  // The search itself must be able to find, whatever the text was written as.
  const canary = join(workspace, 'canary')
  for (const bytes of [
    `before ${marker} after`,
    Buffer.from(`before ${marker} after`, 'utf16le'),
    ...['', '.', '..'].map(before => Buffer.from(`${before}${marker}, and after it`).toString('base64')),
    marker.toLowerCase(),
  ]) {
    await writeFile(canary, bytes)
    expect(await filesWith(marker, field.profile)).toEqual([canary])
  }
  await rm(home, { recursive: true, force: true })
})
