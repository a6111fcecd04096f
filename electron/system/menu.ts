/**
 * The application menu: on macOS the roles without which copy, paste and quit have no keys; elsewhere none, because the
 * page has its own commands and Chromium's reload and developer tools are not for users.
 */
import { Menu } from 'electron'

export function setMenu(platform: NodeJS.Platform): void {
  if (platform !== 'darwin') return Menu.setApplicationMenu(null)
  Menu.setApplicationMenu(Menu.buildFromTemplate([{ role: 'appMenu' }, { role: 'editMenu' }, { role: 'windowMenu' }]))
}
