/**
 * What a person types into a search box: words, "phrases", field:value and -not (docs/search.md). Pure and total: any text
 * has a meaning, and whatever signs are in it, it is never more than words and fields.
 */

/** Words side by side, as typed; never none. */
export interface Phrase {
  readonly words: readonly string[]
  /** The last word may go on: "pum" finds "pump". */
  readonly open: boolean
}

export type SearchPart =
  | { readonly kind: 'words'; readonly phrase: Phrase; readonly not: boolean }
  | {
      readonly kind: 'field'
      readonly label: string
      readonly value: string
      /** With quotes around the value: whole words only, and "" is the empty field. */
      readonly quoted: boolean
      readonly not: boolean
    }

/** Beyond this many, parts are left out: nobody types them, and each costs time. */
export const MOST_PARTS = 24

const WORD = /[\p{L}\p{N}\p{M}\p{Co}]+/gu
const LETTER = /[\p{L}\p{N}\p{Co}]/u
const QUOTES = /[“”„‟«»]/g
/** A minus, a quoted or bare start, and after a colon a quoted or bare value. */
const PART = /(-?)(?:"([^"]*)("?)|([^\s":]*))(?:(:)(?:"([^"]*)("?)|([^\s"]*)))?/y

export function parseSearch(typed: string): readonly SearchPart[] {
  const text = typed.replace(QUOTES, '"')
  const parts: SearchPart[] = []
  let at = 0
  while (at < text.length && parts.length < MOST_PARTS) {
    if (/\s/.test(text[at] ?? '')) {
      at += 1
      continue
    }
    PART.lastIndex = at
    const match = PART.exec(text)
    const [whole = '', minus, quoted, closing, bare = '', colon, quotedValue, , bareValue = ''] = match ?? []
    at += Math.max(1, whole.length)
    const not = minus === '-'
    const start = quoted ?? bare
    if (colon !== undefined && LETTER.test(start)) {
      const isQuoted = quotedValue !== undefined
      parts.push({ kind: 'field', label: start.trim(), value: quotedValue ?? bareValue, quoted: isQuoted, not })
    } else if (colon !== undefined) parts.push(...wordParts(`${start} ${quotedValue ?? bareValue}`, not))
    else if (quoted === undefined) parts.push(...wordParts(bare, not))
    else parts.push(...phraseParts(quoted, closing !== '"', not))
  }
  return parts.slice(0, MOST_PARTS)
}

/** Every word for itself, as a beginning; what must not be there is one phrase, or "-a.b" would hide every "a". */
export function wordParts(text: string, not: boolean): readonly SearchPart[] {
  if (not) return phraseParts(text, true, true)
  return splitWords(text).map(word => ({ kind: 'words', phrase: { words: [word], open: true }, not }))
}

function phraseParts(text: string, open: boolean, not: boolean): readonly SearchPart[] {
  const words = splitWords(text)
  return words.length === 0 ? [] : [{ kind: 'words', phrase: { words, open }, not }]
}

export function splitWords(text: string): readonly string[] {
  return (text.match(WORD) ?? []).filter(word => LETTER.test(word))
}

/** Lower case without accents, so that "Édith" is found as "edith" and "Straße" as "strasse". */
export function foldWords(text: string): readonly string[] {
  return splitWords(
    text
      .normalize('NFD')
      .replace(/\p{M}+/gu, '')
      .toLowerCase()
      .replaceAll('ß', 'ss'),
  )
}

/** The same phrase with ß for ss, or ss for ß: an index of words holds what was written. Undefined where it has neither. */
export function otherSpelling({ words, open }: Phrase): Phrase | undefined {
  const other = words.map(word => (/ß/iu.test(word) ? word.replace(/ß/giu, 'ss') : word.replace(/ss/gi, 'ß')))
  return other.every((word, at) => word === words[at]) ? undefined : { words: other, open }
}

/** `words` and the phrase's both folded (foldWords). Answers where the phrase begins, -1 when it does not occur. */
export function findPhrase(words: readonly string[], phrase: Phrase): number {
  const last = phrase.words.length - 1
  return words.findIndex((_, start) =>
    phrase.words.every((wanted, offset) => {
      const word = words[start + offset]
      return offset === last && phrase.open ? word?.startsWith(wanted) === true : word === wanted
    }),
  )
}
