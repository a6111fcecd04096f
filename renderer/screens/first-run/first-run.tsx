/** The first minute: name this laptop, choose a form, choose where records are kept. It ends in a record ready to type in. */
import { useState } from 'react'
import type { FormEvent, ReactNode } from 'react'
import { ArrowLeft, Check, Laptop, Plus, Share2 } from 'lucide-react'
import type { RecordType } from '../../../core/model/record-type.ts'
import { STARTER_TYPES } from '../../../core/model/starter-types.ts'
import { useApp } from '../../app-context.ts'
import { Button } from '../../parts/button.tsx'
import { cx } from '../../parts/cx.ts'
import { freshId } from '../../parts/fresh-id.ts'
import inputs from '../../parts/inputs.module.css'
import { TypeIcon } from '../../parts/type-icon.tsx'
import { words } from '../../words/app.ts'
import { failureWords } from '../../words/failures.ts'
import { PairingForm } from '../sync/pairing-form.tsx'
import styles from './first-run.module.css'

const STEPS = 3
type Start = { readonly kind: 'starter'; readonly type: RecordType } | { readonly kind: 'own' }

export default function FirstRun({ onDone }: { readonly onDone: () => void }) {
  const { api, info, go, rename, did } = useApp()
  const [step, setStep] = useState(1)
  const [name, setName] = useState(info.suggestedDeviceName)
  const [start, setStart] = useState<Start>(() => {
    const first = STARTER_TYPES[0]
    return first === undefined ? { kind: 'own' } : { kind: 'starter', type: first }
  })
  const [ownName, setOwnName] = useState('')
  const [where, setWhere] = useState<'here' | 'hub'>('here')
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)

  const canGoOn =
    step === 1 ? name.trim() !== '' : step === 2 ? start.kind === 'starter' || ownName.trim() !== '' : true

  async function nameLaptop() {
    const named = await api.call('device.name', { name: name.trim() })
    if (!named.ok) {
      setProblem(failureWords(named.failure))
      return false
    }
    rename({ ...info, device: named.value })
    return true
  }

  async function finish() {
    setBusy(true)
    setProblem('')
    const type: RecordType =
      start.kind === 'starter'
        ? start.type
        : {
            id: freshId(),
            name: ownName.trim(),
            icon: 'file-text',
            fields: [
              { id: freshId(), kind: 'text', label: words.records.name },
              { id: freshId(), kind: 'date', label: words.firstRun.ownDate },
              { id: freshId(), kind: 'longText', label: words.firstRun.ownNotes },
            ],
          }
    const saved = await api.call('types.save', { type })
    const made = saved.ok ? await api.call('records.create', { type: type.id, cells: {} }) : saved
    setBusy(false)
    if (!made.ok) return setProblem(failureWords(made.failure))
    did(words.records.created, made.value.undo)
    go({ to: 'recordOf', type: type.id, record: made.value.id, focusField: true })
    onDone()
  }

  async function goOn() {
    if (!canGoOn || busy) return
    setProblem('')
    if (step === 1 && !(await nameLaptop())) return
    if (step < STEPS) setStep(step + 1)
    else await finish()
  }

  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <div className={styles.brand}>
          <span className={styles.logo} aria-hidden />
          Farfield
        </div>
        <p className={styles.step} aria-live="polite">
          {words.firstRun.step(step, STEPS)}
        </p>
        <form
          onSubmit={(event: FormEvent) => {
            event.preventDefault()
            void goOn()
          }}
        >
          {step === 1 && (
            <>
              <h1 className={styles.title}>{words.firstRun.nameTitle}</h1>
              <p className={styles.body}>{words.firstRun.nameBody}</p>
              <label className={inputs.label} htmlFor="laptop-name">
                {words.firstRun.nameLabel}
              </label>
              <input
                id="laptop-name"
                className={inputs.input}
                value={name}
                maxLength={60}
                autoFocus
                onFocus={event => event.target.select()}
                onChange={event => setName(event.target.value)}
              />
            </>
          )}
          {step === 2 && (
            <>
              <h1 className={styles.title}>{words.firstRun.typeTitle}</h1>
              <p className={styles.body}>{words.firstRun.typeBody}</p>
              <div className={styles.types} role="radiogroup" aria-label={words.firstRun.typeTitle}>
                {STARTER_TYPES.map((type, index) => (
                  <Card
                    key={type.id}
                    name="start"
                    autoFocus={index === 0}
                    checked={start.kind === 'starter' && start.type.id === type.id}
                    onPick={() => setStart({ kind: 'starter', type })}
                    icon={<TypeIcon name={type.icon} size={18} />}
                    title={type.name}
                    body={type.fields
                      .slice(0, 4)
                      .map(field => field.label)
                      .join(', ')}
                  />
                ))}
                <Card
                  name="start"
                  checked={start.kind === 'own'}
                  onPick={() => setStart({ kind: 'own' })}
                  icon={<Plus size={18} />}
                  title={words.firstRun.ownType}
                  body={words.firstRun.ownTypeBody}
                />
              </div>
              {start.kind === 'own' && (
                <input
                  className={cx(inputs.input, styles.own)}
                  aria-label={words.firstRun.ownTypeName}
                  placeholder={words.firstRun.ownTypeName}
                  value={ownName}
                  maxLength={60}
                  onChange={event => setOwnName(event.target.value)}
                />
              )}
            </>
          )}
          {step === 3 && (
            <>
              <h1 className={styles.title}>{words.firstRun.whereTitle}</h1>
              <p className={styles.body}>{words.firstRun.whereBody}</p>
              <div className={styles.places} role="radiogroup" aria-label={words.firstRun.whereTitle}>
                <Card
                  name="where"
                  autoFocus
                  checked={where === 'here'}
                  onPick={() => setWhere('here')}
                  icon={<Laptop size={18} />}
                  title={words.firstRun.here}
                  body={words.firstRun.hereBody}
                />
                <Card
                  name="where"
                  checked={where === 'hub'}
                  onPick={() => setWhere('hub')}
                  icon={<Share2 size={18} />}
                  title={words.firstRun.hub}
                  body={words.firstRun.hubBody}
                />
              </div>
            </>
          )}
        </form>
        {step === 3 && where === 'hub' && (
          <PairingForm onPaired={() => void finish()} submit={words.firstRun.connectAndStart} />
        )}
        {problem !== '' && (
          <p role="alert" className={cx(inputs.error, styles.problem)}>
            {problem}
          </p>
        )}
        <div className={styles.actions}>
          {step > 1 && (
            <Button variant="quiet" icon={<ArrowLeft size={15} />} onClick={() => setStep(step - 1)}>
              {words.firstRun.back}
            </Button>
          )}
          {!(step === 3 && where === 'hub') && (
            <Button
              variant="primary"
              className={styles.next ?? ''}
              disabled={!canGoOn || busy}
              onClick={() => void goOn()}
            >
              {step < STEPS ? words.firstRun.next : words.firstRun.start}
            </Button>
          )}
        </div>
      </div>
    </main>
  )
}

interface CardProps {
  readonly name: string
  readonly checked: boolean
  readonly autoFocus?: boolean
  readonly onPick: () => void
  readonly icon: ReactNode
  readonly title: string
  readonly body: string
}

function Card({ name, checked, autoFocus, onPick, icon, title, body }: CardProps) {
  return (
    <label className={cx(styles.choice, checked && styles.chosen)}>
      <input
        type="radio"
        name={name}
        className="visually-hidden"
        checked={checked}
        autoFocus={autoFocus}
        onChange={onPick}
      />
      <span className={styles.choiceIcon}>{icon}</span>
      <span className={styles.choiceText}>
        <span className={styles.choiceTitle}>{title}</span>
        <span className={styles.choiceBody}>{body}</span>
      </span>
      {checked && <Check size={16} className={styles.tick} aria-hidden />}
    </label>
  )
}
