/**
 * The closed list of things that can go wrong in a way a person can act on. Expected failures are data; the page turns a
 * code into words (renderer/words). An exception means a bug and ends at the one place that reports.
 */
export const FAILURE_CODES = [
  // records and types
  'notFound', // no such record, type or field here
  'invalidValue', // detail: what does not fit
  'readOnlyField', // computed fields cannot be typed into
  'tooLarge', // detail: the limit in words, e.g. "1 MB"
  'stale', // what the call acts on has changed or is gone (an undo that no longer applies)
  // import
  'unreadableFile', // detail: why it is not a CSV
  'importCancelled',
  // files
  'fileNotHere', // the record is here, the file's bytes are not
  'fileDamaged', // what is on the disk is not what was written
  // sync: the hub and the way to it
  'offline', // no route, DNS failure
  'unreachable', // refused, reset or timed out
  'untrusted', // detail: 'pin' | 'expired' | 'wrongHost' | 'unknownIssuer' | 'protocol'
  'badPairingCode', // does not parse
  'pairingRefused', // token used, expired or unknown
  'signIn', // 401/403: this device is no longer known to the hub
  'retryAfter', // 429/503 with Retry-After; detail: seconds
  'hubFault', // 5xx; detail: status
  'hubNonsense', // an answer that is not of the protocol; detail: what
  'providerFull', // 507
  'notConnected', // no provider is set up
  // this laptop
  'diskFull',
  'cannotWrite', // the folder does not let us write; detail: the folder
  'damaged', // a file cannot be read as it was written
  'notWholeCopy', // a file that a person chose is no whole copy, or one with another key
  'busy', // another long job is under way, or another program uses the file
  'internal', // a bug; nothing more is told to the page
] as const
export type FailureCode = (typeof FAILURE_CODES)[number]

export interface Failure {
  readonly code: FailureCode
  /** Never a stack, never a secret. */
  readonly detail?: string
}

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure }

export function succeed<T>(value: T): Result<T> {
  return { ok: true, value }
}

export function fail(code: FailureCode, detail?: string): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure: detail === undefined ? { code } : { code, detail } }
}
