/** Ctrl K: one box that finds commands and records. Arrows choose, Enter does it. */
import { useEffect, useId, useRef, useState } from 'react'
import { Search } from 'lucide-react'
import { Dialog as AriaDialog } from 'react-aria-components/Dialog'
import { Modal, ModalOverlay } from 'react-aria-components/Modal'
import type { SearchHit, View } from '../../core/model/api.ts'
import { useLive } from '../api/use-live.ts'
import { useSettled } from '../api/use-settled.ts'
import { useApp } from '../app-context.ts'
import { cx } from '../parts/cx.ts'
import { MarkedText } from '../parts/marked.tsx'
import { TypeIcon } from '../parts/type-icon.tsx'
import { words } from '../words/app.ts'
import { showKeys } from './keys.ts'
import styles from './palette.module.css'
import type { Command } from './registry.ts'
import { searchCommands } from './registry.ts'
import { percentOf } from './search-rebuild.ts'

type Item =
  | { readonly kind: 'command'; readonly id: string; readonly command: Command }
  | { readonly kind: 'record'; readonly id: string; readonly hit: SearchHit }

const SETTLE_MS = 90
const NEWEST: View = {
  type: null,
  text: '',
  sort: { field: '$updatedAt', descending: true },
  deleted: false,
  open: false,
}

export default function Palette({ onClose }: { readonly onClose: () => void }) {
  const { registry, mac, go } = useApp()
  const types = useLive('types', null)
  const index = useLive('searchIndex', null)
  const list = useId()
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const [all] = useState(() => registry.available().filter(command => command.id !== 'palette'))
  const asked = useSettled(text, SETTLE_MS)
  const newest = useLive('window', { view: NEWEST, from: 0, to: 5 })
  const found = useLive('search', { text: asked })
  // The last answer stays until the next one is here, so that the list does not flicker while typing.
  const lastFound = useRef(found)
  if (found !== undefined) lastFound.current = found
  const hits =
    text === ''
      ? (newest?.rows ?? []).map(({ id, type, title }): SearchHit => ({ id, type, title, marks: [], excerpt: null }))
      : (found ?? lastFound.current ?? [])
  const matching = searchCommands(all, text).map((command): Item => ({ kind: 'command', id: command.id, command }))
  const records = hits.map((hit): Item => ({ kind: 'record', id: hit.id, hit }))
  const isAnswered = text === '' || (found !== undefined && asked === text)
  const items = text === '' ? [...records, ...matching] : [...matching, ...records]
  const chosen = Math.min(at, items.length - 1)
  useEffect(() => {
    document.getElementById(`${list}-${chosen}`)?.scrollIntoView({ block: 'nearest' })
  }, [list, chosen])

  function run(item: Item | undefined) {
    // A record of the previous search is still drawn for a moment; it is not what Enter means.
    if (item === undefined || (item.kind === 'record' && !isAnswered)) return
    onClose()
    if (item.kind === 'command') item.command.run?.()
    else go({ to: 'recordOf', type: item.hit.type, record: item.hit.id })
  }

  return (
    <ModalOverlay isOpen isDismissable onOpenChange={open => !open && onClose()} className={styles.overlay ?? ''}>
      <Modal className={styles.modal ?? ''}>
        <AriaDialog aria-label={words.palette.title} className={styles.dialog ?? ''}>
          <div className={styles.box}>
            <Search size={16} aria-hidden />
            <input
              // The dialog's one purpose is typing here.
              autoFocus
              role="combobox"
              aria-expanded
              aria-controls={list}
              aria-autocomplete="list"
              aria-activedescendant={items.length > 0 ? `${list}-${chosen}` : undefined}
              aria-label={words.palette.placeholder}
              aria-describedby={`${list}-how`}
              placeholder={words.palette.placeholder}
              value={text}
              onChange={event => {
                setText(event.target.value)
                setAt(0)
              }}
              onKeyDown={event => {
                const steps: { readonly [key: string]: number } = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }
                const step = steps[event.key]
                if (step !== undefined) {
                  event.preventDefault()
                  setAt(Math.max(0, Math.min(items.length - 1, chosen + step)))
                } else if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
                  event.preventDefault()
                  run(items[chosen])
                }
              }}
            />
          </div>
          <div className="visually-hidden" role="status">
            {words.palette.results(items.length)}
          </div>
          <div id={list} role="listbox" aria-label={words.palette.title} className={styles.list}>
            {items.length === 0 && isAnswered && <p className={styles.nothing}>{words.palette.nothing(text)}</p>}
            {items.map((item, index) => (
              <div key={`${item.kind} ${item.id}`}>
                {item.kind !== items[index - 1]?.kind && (
                  <div className={styles.group} aria-hidden>
                    {item.kind === 'record' ? words.palette.records : words.palette.commands}
                  </div>
                )}
                <div
                  id={`${list}-${index}`}
                  role="option"
                  aria-selected={index === chosen}
                  className={cx(styles.item, index === chosen && styles.chosen)}
                  onPointerMove={() => setAt(index)}
                  onClick={() => run(item)}
                >
                  {item.kind === 'record' ? (
                    <>
                      <TypeIcon name={types?.find(type => type.id === item.hit.type)?.icon ?? ''} size={15} />
                      <span className={styles.found}>
                        <span className={styles.text}>
                          {item.hit.title === '' ? (
                            words.records.untitled
                          ) : (
                            <MarkedText text={item.hit.title} marks={item.hit.marks} />
                          )}
                        </span>
                        {item.hit.excerpt !== null && (
                          <span className={styles.excerpt}>
                            {item.hit.excerpt.label}: <MarkedText {...item.hit.excerpt} />
                          </span>
                        )}
                      </span>
                      <span className={styles.side}>{types?.find(type => type.id === item.hit.type)?.name}</span>
                    </>
                  ) : (
                    <>
                      <span className={styles.text}>{item.command.title}</span>
                      {item.command.keys?.[0] !== undefined && (
                        <kbd className={styles.side}>{showKeys(item.command.keys[0], mac)}</kbd>
                      )}
                    </>
                  )}
                </div>
              </div>
            ))}
          </div>
          <div id={`${list}-how`} className={styles.how}>
            {index?.state === 'rebuilding' ? words.search.incomplete(percentOf(index)) : words.records.filterHow}
          </div>
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  )
}
