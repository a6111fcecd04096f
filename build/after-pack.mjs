// electron-builder's hook after the files are in place and before anything is signed: removes what a custom runtime
// brought along, puts the SQLite addon beside the app where the runtime needs one, and sets the fuses and reads them back.
import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { findSqliteAddon, nodeApiOfElectron } from './sqlite-addon.mjs'

export default async function afterPack(context) {
  const { appOutDir, packager, electronPlatformName } = context
  const mac = electronPlatformName === 'darwin' || electronPlatformName === 'mas'
  const product = packager.appInfo.productFilename
  const resources = mac ? join(appOutDir, `${product}.app`, 'Contents', 'Resources') : join(appOutDir, 'resources')
  await rm(join(resources, 'default_app.asar'), { force: true })
  await rm(join(appOutDir, 'version'), { force: true })

  const addon = findSqliteAddon(nodeApiOfElectron(Number.parseInt(packager.config.electronVersion ?? '99', 10)))
  if (addon !== undefined) await copyFile(addon, join(resources, 'better_sqlite3.node'))

  const executable = mac
    ? join(appOutDir, `${product}.app`)
    : join(appOutDir, electronPlatformName === 'win32' ? `${product}.exe` : packager.executableName)
  await setFuses(executable)
}

/** Off: ways to run other code in the app. On: encrypted cookies, and code only from the archive. */
async function setFuses(executable) {
  const { flipFuses, FuseV1Options, FuseVersion, getCurrentFuseWire } = await import('@electron/fuses')
  const drivable = process.env['FARFIELD_FLAVOUR'] === 'e2e'
  const wanted = {
    [FuseV1Options.RunAsNode]: false,
    [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
    [FuseV1Options.EnableNodeCliInspectArguments]: drivable,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
    [FuseV1Options.EnableCookieEncryption]: true,
    [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
    [FuseV1Options.OnlyLoadAppFromAsar]: true,
  }
  await flipFuses(executable, { version: FuseVersion.V1, resetAdHocDarwinSignature: false, ...wanted })
  const wire = await getCurrentFuseWire(executable)
  for (const [fuse, on] of Object.entries(wanted)) {
    if (wire[fuse] !== (on ? '1' : '0').charCodeAt(0)) throw new Error(`Fuse ${fuse} did not take`)
  }
}
