/** The choice for one clash: what each device wrote, what was there before, and the result. Nothing is kept until Enter. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { ArrowRight, Pencil } from 'lucide-react'
import type { Choice, TypeSummary } from '../../../core/model/api.ts'
import type { Value } from '../../../core/model/record.ts'
import { DELETION } from '../../../core/model/record.ts'
import { useApp, useCommands, useNow } from '../../app-context.ts'
import type { Command } from '../../commands/registry.ts'
import { FieldEditor } from '../../fields/field-editor.tsx'
import { isEmpty, summarise } from '../../fields/rules-of.ts'
import { Button } from '../../parts/button.tsx'
import { cx } from '../../parts/cx.ts'
import { words } from '../../words/app.ts'
import { deviceLabel } from '../../words/devices.ts'
import { absoluteTime, relativeTime, span } from '../../words/times.ts'
import { MarkedText } from './marked-text.tsx'
import styles from './needs-you.module.css'
import type { Card, OpenClash } from './resolution.ts'
import { bothValue, cardsOf, fingerprint, writtenAhead } from './resolution.ts'

interface ResolverProps {
  readonly clash: OpenClash
  readonly type: TypeSummary
  readonly at: number
  readonly of: number
  readonly onSettling: () => void
  readonly onSettleFailed: () => void
  readonly onSkip: () => void
}

interface Result {
  readonly digit: string
  readonly value: Value | undefined
  readonly choice: Choice
}

export function Resolver({ clash, type, at, of, onSettling, onSettleFailed, onSkip }: ResolverProps) {
  const { api, info, go, did, complain, notices, travel } = useApp()
  const now = useNow()
  const field = type.fields.find(each => each.id === clash.field)
  const isDeletion = clash.field === DELETION
  const cards = useMemo(() => cardsOf(clash), [clash])
  const both = useMemo(() => bothValue(field, cards), [field, cards])
  const [result, setResult] = useState<Result | null>(null)
  const [editing, setEditing] = useState(false)
  const [unfolded, setUnfolded] = useState(false)
  const resultBox = useRef<HTMLDivElement>(null)
  const label = isDeletion ? words.needsYou.deletionField : (field?.label ?? clash.field)

  // If the clash changes while it is open, say so and let go of a choice made for the old one.
  const print = fingerprint(clash)
  const lastPrint = useRef(print)
  const [changedBy, setChangedBy] = useState<string | null>(null)
  useEffect(() => {
    if (print === lastPrint.current) return
    lastPrint.current = print
    setResult(null)
    setEditing(false)
    const newest = [clash.record.cells[clash.field], ...clash.versions]
      .filter(each => each !== undefined)
      .sort((a, b) => b.at - a.at)[0]
    if (newest !== undefined) setChangedBy(deviceLabel(newest, info))
  }, [print, clash, info])

  const pick = useCallback((card: Card) => {
    if (card.choice === null) return
    setEditing(false)
    setResult({ digit: card.digit, value: card.value, choice: card.choice })
  }, [])
  const edit = useCallback(() => {
    if (isDeletion || field === undefined) return
    const value = result?.value ?? cards[0]?.value ?? null
    setResult({ digit: '', value, choice: { kind: 'value', value } })
    setEditing(true)
  }, [isDeletion, field, result, cards])
  useEffect(() => {
    if (editing) resultBox.current?.querySelector<HTMLElement>('input, textarea, button')?.focus()
  }, [editing])
  const keep = useCallback(async () => {
    if (result === null) return notices.show(words.needsYou.chooseFirst)
    onSettling()
    const { choice } = result
    const answer = await api.call('conflicts.settle', { record: clash.record.id, field: clash.field, choice })
    if (!answer.ok) {
      onSettleFailed()
      return complain(answer.failure)
    }
    did(words.needsYou.settledHere(label), answer.value.undo, words.needsYou.settledHere(label))
  }, [result, api, clash, label, did, complain, notices, onSettling, onSettleFailed])

  const commands = useMemo<readonly Command[]>(
    () => [
      ...cards.map((card): Command => ({
        id: `needs.card.${card.digit}`,
        title: card.kind === 'before' ? words.needsYou.before : words.needsYou.cardKey(card.digit),
        group: 'Needs you',
        keys: [card.digit],
        when: () => card.choice !== null,
        run: () => pick(card),
      })),
      {
        id: 'needs.both',
        title: words.needsYou.both,
        group: 'Needs you',
        keys: ['3'],
        when: () => both !== undefined && cards.length < 4,
        run: () => both !== undefined && setResult({ digit: '3', value: both, choice: { kind: 'value', value: both } }),
      },
      { id: 'needs.edit', title: words.needsYou.edit, group: 'Needs you', keys: ['E'], run: edit },
      {
        id: 'needs.keep',
        title: words.needsYou.keep,
        group: 'Needs you',
        keys: ['Enter', 'Mod+Enter'],
        run: () => void keep(),
      },
      { id: 'needs.undo', title: words.undo, group: 'Needs you', keys: ['U'], run: () => travel('undo') },
    ],
    [cards, both, pick, edit, keep, travel],
  )
  useCommands(commands)

  const textOf = (value: Value | undefined): string => {
    if (isDeletion) return value === true ? words.needsYou.isDeleted : words.needsYou.keepRecord
    if (isEmpty(value)) return words.needsYou.empty
    return field === undefined ? JSON.stringify(value) : summarise(value, field)
  }

  const before = cards.find(card => card.kind === 'before')?.value
  const isLong = field?.kind === 'longText'
  const showCard = (card: Card) => {
    if (!isLong || typeof card.value !== 'string' || card.value === '') return textOf(card.value)
    if (card.kind === 'before' || typeof before !== 'string') return card.value
    return <MarkedText before={before} text={card.value} side={card.kind === 'shown' ? 'first' : 'other'} />
  }
  const ahead = writtenAhead(cards, now)

  return (
    <section className={styles.resolver} aria-label={clash.record.title || words.records.untitled}>
      <div className={styles.inner}>
        <header className={styles.resolverHead}>
          <div className={styles.where}>
            <span>{type.name}</span>
            <span className={styles.position}>{words.needsYou.position(at, of)}</span>
          </div>
          <div className={styles.titleRow}>
            <h2 className={styles.title}>{clash.record.title || words.records.untitled}</h2>
            <Button
              small
              variant="quiet"
              icon={<ArrowRight size={14} />}
              onClick={() => go({ to: 'recordOf', type: type.id, record: clash.record.id })}
            >
              {words.needsYou.open}
            </Button>
          </div>
        </header>
        {changedBy !== null && (
          <p role="status" className={styles.changed}>
            {words.needsYou.changedMeanwhile(changedBy)}
          </p>
        )}
        {ahead !== undefined && (
          <p role="note" className={styles.changed}>
            {words.needsYou.clockAhead(deviceLabel(ahead, info), span(ahead.at - now))}
          </p>
        )}
        <h3 className={styles.field} id="clash-field">
          {isDeletion ? words.needsYou.deletedThere : label}
        </h3>
        <div className={styles.cardsBox}>
          <div role="radiogroup" aria-labelledby="clash-field" className={styles.cards}>
            {cards.map(card => {
              const isChosen = result?.digit === card.digit
              return (
                <button
                  key={card.digit}
                  type="button"
                  role="radio"
                  aria-checked={isChosen}
                  disabled={card.choice === null}
                  className={cx(
                    styles.card,
                    card.kind === 'before' && styles.beforeCard,
                    isChosen && styles.cardChosen,
                  )}
                  onClick={() => pick(card)}
                >
                  <span className={styles.cardHead}>
                    <kbd className={styles.digit}>{card.digit}</kbd>
                    <span className={styles.source}>
                      {card.written === null ? words.needsYou.before : deviceLabel(card.written, info)}
                    </span>
                  </span>
                  <span
                    className={cx(
                      styles.value,
                      isLong && styles.longValue,
                      isEmpty(card.value) && !isDeletion && styles.none,
                    )}
                  >
                    {card.choice === null ? words.needsYou.beforeUnknown : showCard(card)}
                  </span>
                  {card.written !== null && (
                    <span className={styles.when} title={absoluteTime(card.written.at)}>
                      {relativeTime(card.written.at, now)}
                      {card.kind === 'shown' && `, ${words.needsYou.shownHere}`}
                    </span>
                  )}
                </button>
              )
            })}
          </div>
        </div>
        <div className={styles.result} ref={resultBox}>
          <div className={styles.resultHead}>
            <span id="clash-result">{words.needsYou.result}</span>
            {!editing && !isDeletion && field !== undefined && (
              <Button small variant="quiet" icon={<Pencil size={13} />} onClick={edit}>
                {words.needsYou.edit} <kbd>E</kbd>
              </Button>
            )}
          </div>
          {editing && field !== undefined ? (
            <div
              onKeyDown={event => {
                if (event.key === 'Escape') {
                  event.stopPropagation()
                  setEditing(false)
                  setResult(null)
                } else if (
                  event.key === 'Enter' &&
                  field.kind !== 'longText' &&
                  event.target instanceof HTMLInputElement
                ) {
                  event.preventDefault()
                  event.stopPropagation()
                  void keep()
                }
              }}
            >
              <FieldEditor
                field={field}
                value={result?.value}
                labelId="clash-result"
                describedBy="clash-hint"
                invalid={false}
                onChange={value => setResult({ digit: '', value, choice: { kind: 'value', value } })}
                onProblem={() => undefined}
              />
            </div>
          ) : (
            <p className={cx(styles.resultValue, result === null && styles.none)} aria-live="polite">
              {result === null ? words.needsYou.resultHint : textOf(result.value)}
            </p>
          )}
          <p id="clash-hint" className="visually-hidden">
            {words.needsYou.resultHint}
          </p>
          <div className={styles.actions}>
            <Button variant="primary" disabled={result === null} onClick={() => void keep()}>
              {words.needsYou.keep}
            </Button>
            {both !== undefined && (
              <Button onClick={() => setResult({ digit: '3', value: both, choice: { kind: 'value', value: both } })}>
                {words.needsYou.both}
              </Button>
            )}
            <Button variant="quiet" onClick={onSkip}>
              {words.needsYou.skip}
            </Button>
            <span className={styles.keys} aria-hidden>
              {words.needsYou.keysHint}
            </span>
          </div>
        </div>
        {clash.combinedFields > 0 && (
          <div className={styles.combined}>
            <button type="button" aria-expanded={unfolded} onClick={() => setUnfolded(!unfolded)}>
              {words.needsYou.combined(clash.combinedFields)}
            </button>
            {unfolded && <p>{words.needsYou.combinedHow}</p>}
          </div>
        )}
      </div>
    </section>
  )
}
