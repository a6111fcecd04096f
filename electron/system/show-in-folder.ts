/** Shows a file that Farfield has made in the system's own window of its folder. It opens nothing and runs nothing. */
import { shell } from 'electron'

export function showInFolder(path: string): void {
  shell.showItemInFolder(path)
}
