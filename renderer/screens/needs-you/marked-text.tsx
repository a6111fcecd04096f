/** One device's long text beside what was there before: what it put in and took out, told by colour, by line and in words. */
import { useMemo } from 'react'
import { diffText } from '../../../core/model/text-diff.ts'
import { cx } from '../../parts/cx.ts'
import { words } from '../../words/app.ts'
import styles from './marked-text.module.css'

interface MarkedTextProps {
  readonly before: string
  readonly text: string
  /** Each device has a colour and a line of its own. */
  readonly side: 'first' | 'other'
}

export function MarkedText({ before, text, side }: MarkedTextProps) {
  const parts = useMemo(() => diffText(before, text), [before, text])
  return (
    <>
      {parts.map((part, at) => {
        if (part.kind === 'same') return <span key={at}>{part.text}</span>
        return part.kind === 'gone' ? (
          <del key={at} className={styles.gone}>
            <span className="visually-hidden"> {words.record.takenOut} </span>
            {part.text}
          </del>
        ) : (
          <ins key={at} className={cx(styles.new, styles[side])}>
            <span className="visually-hidden"> {words.record.putIn} </span>
            {part.text}
          </ins>
        )
      })}
    </>
  )
}
