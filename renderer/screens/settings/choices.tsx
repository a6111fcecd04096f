/** One of a few rules, as radios with a line of explanation. */
import { useId } from 'react'
import inputs from '../../parts/inputs.module.css'
import styles from './settings.module.css'

export interface ChoicesProps {
  readonly label: string
  /** A sentence under the label. */
  readonly more?: string
  readonly value: string
  readonly options: readonly { readonly id: string; readonly label: string; readonly more?: string }[]
  readonly onPick: (id: string) => void
}

export function Choices({ label, more, value, options, onPick }: ChoicesProps) {
  const name = useId()
  return (
    <fieldset className={styles.block}>
      <legend className={inputs.label}>{label}</legend>
      {more !== undefined && <p className={styles.lead}>{more}</p>}
      {options.map(option => (
        <label key={option.id} className={styles.radio}>
          <input
            type="radio"
            name={name}
            className={inputs.radio}
            checked={value === option.id}
            onChange={() => onPick(option.id)}
          />
          <span>
            {option.label}
            {option.more !== undefined && <span className={styles.more}>, {option.more}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  )
}
