/**
 * The photos and files of one field: thumbnails and rows, a drop zone, adding, removing, saving a copy. What is on its way
 * is the page's (file-copies.ts), so that leaving the record does not stop it; what is in the record is main's.
 */
import { lazy, Suspense, useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { Download, FileText, Film, ImageIcon, Music, Paperclip, X } from 'lucide-react'
import { isFileRef, type FileRef } from '../../core/model/fields/files.ts'
import type { RecordId, Value } from '../../core/model/record.ts'
import type { Field } from '../../core/model/record-type.ts'
import { useApp } from '../app-context.ts'
import type { FileCopy } from '../files/file-copies.ts'
import { hasFiles } from '../files/given-files.ts'
import { isPicture, isPlayed, isTooLargeToShow } from '../files/thumbnails.ts'
import { Button, IconButton } from '../parts/button.tsx'
import { cx } from '../parts/cx.ts'
import { words } from '../words/app.ts'
import { failureWords } from '../words/failures.ts'
import { byteSize } from '../words/times.ts'
import styles from './files-editor.module.css'
import { useSaveCopy } from './use-save-copy.ts'

const FilePreview = lazy(() => import('./file-preview.tsx'))

export interface FilesEditorProps {
  readonly record: RecordId
  readonly field: Field
  readonly value: Value | undefined
  readonly labelId: string
  readonly describedBy: string
}

export function FilesEditor({ record, field, value, labelId, describedBy }: FilesEditorProps) {
  const { copies } = useApp()
  const files: readonly FileRef[] = Array.isArray(value) ? value.filter(isFileRef) : []
  const all = useSyncExternalStore(copies.subscribe, copies.current)
  const coming = all.filter(copy => copy.record === record && copy.field === field.id)
  const { missing, look } = useMissing(files)
  const [over, setOver] = useState(false)
  const [shown, setShown] = useState<string | null>(null)
  const picker = useRef<HTMLInputElement>(null)
  const adder = useRef<HTMLButtonElement>(null)
  const shownHere = files.filter(file => (isPicture(file) || isPlayed(file)) && !missing.has(file.hash))

  const add = (list: FileList) => list.length > 0 && copies.add(record, field.id, [...list])

  return (
    <div
      role="group"
      aria-labelledby={labelId}
      aria-describedby={describedBy}
      className={cx(styles.zone, over && styles.over)}
      onDragOver={event => {
        if (!hasFiles(event.dataTransfer)) return
        event.preventDefault()
        event.stopPropagation()
        event.dataTransfer.dropEffect = 'copy'
        setOver(true)
      }}
      onDragLeave={event => !event.currentTarget.contains(event.relatedTarget as Node | null) && setOver(false)}
      onDrop={event => {
        event.preventDefault()
        event.stopPropagation()
        setOver(false)
        add(event.dataTransfer.files)
      }}
    >
      {files.length + coming.length > 0 && (
        <ul className={styles.list} aria-labelledby={labelId}>
          {files.map(file => (
            <FileItem
              key={file.hash}
              record={record}
              field={field}
              file={file}
              missing={missing.has(file.hash)}
              onShow={() => setShown(file.hash)}
              onLost={look}
              onRemoved={() => adder.current?.focus()}
            />
          ))}
          {coming.map(copy => (
            <CopyItem key={copy.id} copy={copy} />
          ))}
        </ul>
      )}
      <div className={styles.add}>
        <Button ref={adder} small icon={<Paperclip size={14} aria-hidden />} onClick={() => picker.current?.click()}>
          {words.files.add}
        </Button>
        <span className={styles.hint}>{over ? words.files.dropNow : words.files.hint}</span>
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          aria-label={words.files.add}
          onChange={event => {
            if (event.target.files !== null) add(event.target.files)
            event.target.value = ''
          }}
        />
      </div>
      {shown !== null && (
        <Suspense>
          <FilePreview files={shownHere} first={shown} onClose={() => setShown(null)} />
        </Suspense>
      )}
    </div>
  )
}

interface FileItemProps {
  readonly record: RecordId
  readonly field: Field
  readonly file: FileRef
  readonly missing: boolean
  readonly onShow: () => void
  /** Its bytes may be gone. */
  readonly onLost: () => void
  readonly onRemoved: () => void
}

function FileItem({ record, field, file, missing, onShow, onLost, onRemoved }: FileItemProps) {
  const { api, did, complain } = useApp()
  const save = useSaveCopy()
  const canShow = (isPicture(file) || isPlayed(file)) && !missing
  async function remove() {
    onRemoved()
    const answer = await api.call('files.remove', { record, field: field.id, hash: file.hash })
    if (!answer.ok) return complain(answer.failure)
    const { undo } = answer.value
    if (undo !== null) did(words.files.removed(file.name), undo, words.files.removed(file.name))
  }
  const about = missing
    ? words.files.missing
    : isTooLargeToShow(file)
      ? words.files.tooLargeToShow(byteSize(file.bytes))
      : words.files.about(byteSize(file.bytes), file.type)
  const face = (
    <>
      <span className={styles.thumb}>
        {isPicture(file) && !missing ? <Thumbnail file={file} onLost={onLost} /> : <KindOfFile file={file} />}
      </span>
      <span className={styles.text}>
        <span className={styles.name} title={file.name}>
          {file.name}
        </span>
        <span className={cx(styles.about, missing && styles.missing)}>{about}</span>
      </span>
    </>
  )
  return (
    <li className={styles.item}>
      {canShow ? (
        <button type="button" className={styles.face} aria-label={words.files.show(file.name)} onClick={onShow}>
          {face}
        </button>
      ) : (
        <div className={styles.face}>{face}</div>
      )}
      {!missing && (
        <IconButton label={words.files.save(file.name)} onClick={() => void save(file)}>
          <Download size={15} />
        </IconButton>
      )}
      <IconButton label={`${words.remove} ${file.name}`} onClick={() => void remove()}>
        <X size={15} />
      </IconButton>
    </li>
  )
}

/** The kept thumbnail; where there is none it is made now. */
function Thumbnail({ file, onLost }: { readonly file: FileRef; readonly onLost: () => void }) {
  const { thumbnails } = useApp()
  const [state, setState] = useState<'kept' | 'making' | 'made' | 'none'>('kept')
  async function make() {
    if (state !== 'kept') return setState('none')
    setState('making')
    const made = await thumbnails.make(file.hash)
    if (!made) onLost()
    setState(made ? 'made' : 'none')
  }
  if (state === 'making' || state === 'none') return <KindOfFile file={file} />
  const address = `/attachment/${file.hash}/thumbnail${state === 'made' ? '?made' : ''}`
  return <img src={address} alt="" draggable={false} onError={() => void make()} />
}

function KindOfFile({ file }: { readonly file: FileRef }) {
  const [family] = file.type.split('/')
  const Icon = family === 'image' ? ImageIcon : family === 'video' ? Film : family === 'audio' ? Music : FileText
  return <Icon size={20} strokeWidth={1.5} aria-hidden />
}

function CopyItem({ copy }: { readonly copy: FileCopy }) {
  const { copies } = useApp()
  const { name, bytes, taken, failure } = copy
  const isFailed = copy.state === 'failed'
  return (
    <li className={styles.item}>
      <div className={styles.face}>
        <span className={styles.thumb}>
          <FileText size={20} strokeWidth={1.5} aria-hidden />
        </span>
        <span className={styles.text}>
          <span className={styles.name}>{name}</span>
          {isFailed ? (
            <span className={cx(styles.about, styles.failed)} role="alert">
              {failure === undefined || failure === 'unreadable' ? words.files.unreadable : failureWords(failure)}
            </span>
          ) : (
            <>
              <progress
                className={styles.progress}
                value={bytes === 0 ? 1 : taken}
                max={bytes === 0 ? 1 : bytes}
                aria-label={words.files.copying(name)}
              />
              <span className={styles.about}>
                {copy.state === 'waiting' ? words.files.waiting : words.files.taken(byteSize(taken), byteSize(bytes))}
              </span>
            </>
          )}
        </span>
      </div>
      <IconButton
        label={isFailed ? `${words.dismiss} ${name}` : words.files.cancel(name)}
        onClick={() => (isFailed ? copies.dismiss(copy.id) : copies.cancel(copy.id))}
      >
        <X size={15} />
      </IconButton>
    </li>
  )
}

/** Which of these files this laptop does not have; asked again when the list changes. */
function useMissing(files: readonly FileRef[]): { readonly missing: ReadonlySet<string>; readonly look: () => void } {
  const { api } = useApp()
  const [missing, setMissing] = useState<ReadonlySet<string>>(new Set())
  const [round, setRound] = useState(0)
  const hashes = files.map(({ hash }) => hash).join(' ')
  useEffect(() => {
    let live = true
    const ask = async () => {
      const list = hashes === '' ? [] : hashes.split(' ')
      const found = new Set<string>()
      for (let from = 0; from < list.length; from += 1000) {
        const answer = await api.call('files.missing', { hashes: list.slice(from, from + 1000) })
        if (answer.ok) for (const hash of answer.value.missing) found.add(hash)
      }
      if (live) setMissing(found)
    }
    void ask()
    return () => {
      live = false
    }
  }, [api, hashes, round])
  const look = useCallback(() => setRound(was => was + 1), [])
  return { missing, look }
}
