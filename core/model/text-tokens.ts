/**
 * Text cut into the pieces that are compared: words, stretches of blanks, single signs. Put together again they are the
 * text, whatever it holds. Scripts that set no blanks between words are cut sign by sign.
 */

const TOKENS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}])[\p{L}\p{N}\p{M}_])+|\s+|[^\p{L}\p{N}\p{M}_\s]/gu

export function tokensOf(text: string): readonly string[] {
  return text.match(TOKENS) ?? []
}

/** Blanks do not count where the distance between two edits is measured. */
export function isBlank(token: string): boolean {
  return token.trim() === ''
}
