/** A text with the places that a search has found marked. */
import type { Marked } from '../../core/model/search-excerpt.ts'
import styles from './marked.module.css'

export function MarkedText({ text, marks }: Marked) {
  return (
    <>
      {marks.map(([from, to], at) => (
        <span key={from}>
          {text.slice(marks[at - 1]?.[1] ?? 0, from)}
          <mark className={styles.mark}>{text.slice(from, to)}</mark>
        </span>
      ))}
      {text.slice(marks.at(-1)?.[1] ?? 0)}
    </>
  )
}
