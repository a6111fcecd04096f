/**
 * One plain sentence for every failure code; the compiler refuses a code without words. Sentences say what happened and,
 * where there is one, what to do.
 */
import type { Failure, FailureCode } from '../../core/model/failure.ts'

type Words = { readonly [code in FailureCode]: (detail: string | undefined) => string }

const untrusted: { readonly [detail: string]: string } = {
  pin: 'The hub’s certificate is not the one in the pairing code. Someone may be in between; nothing was sent.',
  expired: 'The hub’s certificate has expired. Nothing was sent.',
  wrongHost: 'The hub’s certificate belongs to another address. Nothing was sent.',
  unknownIssuer: 'The hub’s certificate comes from an issuer this laptop does not know. Nothing was sent.',
  protocol: 'The hub’s connection is not secure enough. Nothing was sent.',
}

export const FAILURE_WORDS: Words = {
  notFound: () => 'That is no longer here.',
  invalidValue: detail => (detail ? `That does not fit: ${detail}.` : 'That does not fit this field.'),
  readOnlyField: () => 'This field fills itself in and cannot be typed into.',
  tooLarge: detail => (detail ? `That is too large. The limit is ${detail}.` : 'That is too large.'),
  stale: () => 'It has changed since, so this no longer applies.',
  unreadableFile: detail =>
    detail ? `This file cannot be read as CSV: ${detail}.` : 'This file cannot be read as CSV.',
  importCancelled: () => 'The import was cancelled. Nothing was kept.',
  fileNotHere: () => 'This file is not on this laptop yet.',
  fileDamaged: () => 'This file is damaged on this laptop’s disk. Add it again where you still have it.',
  offline: () => 'This laptop is offline. Everything is kept here until it is back.',
  unreachable: () => 'The hub did not answer. Check the address and that it is running.',
  untrusted: detail => untrusted[detail ?? ''] ?? 'The hub’s certificate is not trusted. Nothing was sent.',
  badPairingCode: () => 'This is not a whole pairing code. Copy it again from the hub, from FARFIELD1 to the end.',
  pairingRefused: () => 'The hub does not accept this code any more: it was used or has expired. Make a new one there.',
  signIn: () => 'The hub no longer knows this laptop. Connect again with a new pairing code.',
  retryAfter: detail => (detail ? `The hub asked us to wait ${detail} seconds.` : 'The hub asked us to wait a little.'),
  hubFault: detail => `The hub has a problem of its own${detail ? ` (${detail})` : ''}. Nothing is lost here.`,
  hubNonsense: () => 'What answered is not a Farfield hub, or a newer one. Nothing was taken from it.',
  providerFull: () => 'The hub is full. Make room there; everything is kept on this laptop.',
  notConnected: () => 'No hub is connected.',
  diskFull: () => 'This laptop’s disk is full. Make room, then try again.',
  cannotWrite: detail =>
    `Nothing can be written to ${detail ?? 'that folder'}. Check that it is there and that you may write to it.`,
  damaged: () => 'This file is damaged and cannot be read as it was written. Nothing was changed.',
  notWholeCopy: () =>
    'This is not a whole copy that can be opened here: it is another file, one of another workspace, or damaged at its very beginning. Nothing was changed.',
  busy: () => 'Something else is being done with the database. Try again when it has ended.',
  internal: () => 'Something went wrong in Farfield. Nothing you typed is lost; please try again.',
}

export function failureWords(failure: Failure): string {
  return FAILURE_WORDS[failure.code](failure.detail)
}
