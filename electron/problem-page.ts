/**
 * What the window shows when there is no workspace to show: one sentence of what happened, one of what to do. Plain HTML
 * without a script; it must never offer to delete anything.
 */
import type { WorkspaceProblem } from './workspace.ts'
import { PAGE_HEADERS } from './security/hardening.ts'
import type { PageAnswer } from './security/page-answer.ts'

/** `rescuing` is no problem but the wait for the end of one. */
export type ProblemShown = WorkspaceProblem | 'internal' | 'rescuing'

const WORDS: Readonly<Record<ProblemShown, readonly [what: string, todo: string]>> = {
  keyMissing: [
    'Your records are here, but the key that opens them is missing.',
    'Put back the file key.json from a backup of the folder below, then start Farfield again.',
  ],
  keyLocked: [
    'This computer’s keychain did not give back the key to your records.',
    'Unlock the keychain, or sign in as the user who first started Farfield here, then start it again.',
  ],
  keyUnreadable: [
    'The file that holds the key to your records cannot be read.',
    'Put back the file key.json from a backup of the folder below, then start Farfield again.',
  ],
  wrongKey: [
    'The key that is kept here does not open your records.',
    'Put the database and the key that belong together back into the folder below, then start Farfield again.',
  ],
  diskFull: ['The disk is full, so your records cannot be opened.', 'Make some room, then start Farfield again.'],
  busy: ['Another program is using your records.', 'Close it, then start Farfield again.'],
  rescuing: [
    'The file with your records is damaged. Farfield is rescuing what can be read of it.',
    'This takes a minute or so; then your records are shown. Please leave the window open.',
  ],
  internal: [
    'Farfield could not start because of a fault of its own.',
    'Start it again; if that does not help, report it with the text that was printed.',
  ],
}

/** The only address of the style is the nonce: nothing else on this page may load or run. */
export function problemPage(problem: ProblemShown, folder: string, nonce: string): PageAnswer {
  const [what, todo] = WORDS[problem]
  const html = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Farfield</title>
<style nonce="${nonce}">
  :root { color-scheme: light dark; font: 15px/1.6 system-ui, sans-serif }
  main { max-width: 34em; margin: 18vh auto; padding: 0 2em }
  h1 { font-size: 1.3em; line-height: 1.3 }
  code { overflow-wrap: anywhere }
</style>
<main role="alert"><h1>${what}</h1><p>${todo}</p><p>Nothing was changed or deleted.</p><p><code>${escape(folder)}</code></p></main></html>`
  return {
    status: 200,
    type: 'text/html; charset=utf-8',
    body: html,
    headers: {
      ...PAGE_HEADERS,
      'Content-Security-Policy': `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    },
  }
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
