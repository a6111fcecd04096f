/** Takes a hub's pairing code: says at once whether it is whole, then connects and says in plain words what went wrong. */
import { useId, useState } from 'react'
import { Server } from 'lucide-react'
import { parsePairingCode } from '../../../core/model/protocol.ts'
import type { ProviderView } from '../../../core/model/api.ts'
import { useApp } from '../../app-context.ts'
import { Button } from '../../parts/button.tsx'
import { cx } from '../../parts/cx.ts'
import inputs from '../../parts/inputs.module.css'
import { words } from '../../words/app.ts'
import { failureWords } from '../../words/failures.ts'
import styles from './pairing-form.module.css'

export interface PairingFormProps {
  readonly onPaired: (provider: ProviderView) => void
  readonly submit?: string
}

export function PairingForm({ onPaired, submit = words.connect.submit }: PairingFormProps) {
  const { api } = useApp()
  const id = useId()
  const [text, setText] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState('')
  const code = parsePairingCode(text)

  async function pair() {
    if (busy) return
    if (code === undefined) return setProblem(failureWords({ code: 'badPairingCode' }))
    setBusy(true)
    setProblem('')
    const answer = await api.call('sync.pair', { code: text.trim() })
    setBusy(false)
    if (answer.ok) onPaired(answer.value)
    else setProblem(failureWords(answer.failure))
  }

  return (
    <form
      className={styles.form}
      onSubmit={event => {
        event.preventDefault()
        void pair()
      }}
    >
      <label htmlFor={id} className={inputs.label}>
        {words.connect.label}
      </label>
      <textarea
        id={id}
        className={cx(inputs.input, inputs.area, styles.code)}
        rows={3}
        spellCheck={false}
        autoComplete="off"
        placeholder={words.connect.placeholder}
        aria-describedby={`${id}-note`}
        aria-invalid={problem !== ''}
        value={text}
        onChange={event => {
          setText(event.target.value)
          setProblem('')
        }}
        onKeyDown={event => {
          if (event.key !== 'Enter' || event.shiftKey) return
          event.preventDefault()
          void pair()
        }}
      />
      <div id={`${id}-note`} className={styles.note} aria-live="polite">
        {problem !== '' ? (
          <p className={inputs.error} role="alert">
            {problem}
          </p>
        ) : code !== undefined ? (
          <p className={styles.found}>
            <Server size={14} aria-hidden />
            {words.connect.ready(code.host, code.port)}
          </p>
        ) : (
          <p className={inputs.hint}>{text.trim() === '' ? words.connect.help : words.connect.notYet}</p>
        )}
      </div>
      <div className={styles.actions}>
        <Button type="submit" variant="primary" disabled={busy || text.trim() === ''}>
          {busy ? words.connect.working : submit}
        </Button>
      </div>
    </form>
  )
}
