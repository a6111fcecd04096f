// What Electron's own default_app does, for the stand-in runtime that ships without one: `electron [-r module] folder`.
// It must stay an ES module that awaits at the top level, otherwise an ESM app would load only after `ready`.
import { app } from 'electron/main'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const preloads = []
let target
const words = process.argv.slice(1)
for (let at = 0; at < words.length; at++) {
  const word = words[at]
  if (word === '-r' || word === '--require') preloads.push(words[++at])
  else if (word === '-v' || word === '--version') {
    process.stdout.write(`v${process.versions.electron}\n`)
    process.exit(0)
  } else if (!word.startsWith('-')) {
    target = word
    break
  }
}

if (target === undefined) {
  process.stderr.write('No app was given: electron [-r module] <folder or file>\n')
  process.exit(1)
}

try {
  const require = createRequire(join(process.cwd(), 'default-app.cjs'))
  for (const module of preloads) require(module)

  Object.defineProperty(process, 'defaultApp', { configurable: false, enumerable: true, value: true })
  const path = resolve(target)
  let entry = path
  if (!/\.[cm]?js$/.test(path)) {
    const about = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
    app.setName(about.productName ?? about.name ?? 'Electron')
    if (about.version) app.setVersion(about.version)
    if (about.desktopName) app.setDesktopName(about.desktopName)
    app.setAppPath(path)
    entry = join(path, about.main ?? 'index.js')
  }
  await import(pathToFileURL(entry).href)
} catch (error) {
  process.stderr.write(`The app could not be started: ${error?.stack ?? error}\n`)
  process.exit(1)
}
