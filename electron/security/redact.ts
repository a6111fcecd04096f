/**
 * What may be printed or written to a log: errors with everything taken out that could be a secret or a person's data.
 * It must be given every text before it leaves the process, and must never be asked what it took out.
 */

const SECRETS: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/FARFIELD1\.[\w.:[\]-]+/g, '[pairing code]'],
  [/\b(bearer|token|authorization|password|key)(["']?\s*[:=]?\s*["']?)[\w.~+/=-]{12,}/gi, '$1$2[secret]'],
  [/\b[0-9a-f]{40,}\b/gi, '[hex]'],
  // 32 bytes in base64 or base64url: keys and tokens. Paths and words of that length have separators or are lower case.
  [/(?<![\w/+-])(?=[\w+/-]*[A-Z])(?=[\w+/-]*[a-z])(?=[\w+/-]*\d)[\w+-]{22,}={0,2}(?![\w/-])/g, '[secret]'],
  [/[\w.+-]+@[\w-]+\.[\w.-]+/g, '[address]'],
  [/(\/(?:home|Users)\/|[A-Z]:\\Users\\)[^/\\\s:"']+/g, '$1[user]'],
]

export function redact(text: string): string {
  return SECRETS.reduce((all, [pattern, instead]) => all.replace(pattern, instead), text)
}

/** The one place where bugs end. The stack says where; values in it are taken out. */
export function createReporter(print: (text: string) => void): (error: unknown, where?: string) => void {
  return (error, where = 'background') => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    print(redact(`Farfield (${where}): ${text}`))
  }
}
