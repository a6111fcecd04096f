/**
 * The photos and files of one field: thumbnails and rows, a drop zone, adding, removing, saving a copy. What is on its way
 * is the page's (file-copies.ts), so that leaving the record does not stop it; what is in the record is main's.
 */
import { lazy, Suspense, useRef, useState, useSyncExternalStore } from 'react'
import { FileText, Paperclip, X } from 'lucide-react'
import { isFileRef, type FileRef } from '../../core/model/fields/files.ts'
import { BOUNDS, type FilePlace } from '../../core/model/api.ts'
import type { RecordId, Value } from '../../core/model/record.ts'
import type { Field } from '../../core/model/record-type.ts'
import { useApp } from '../app-context.ts'
import type { FileCopy } from '../files/file-copies.ts'
import { hasFiles } from '../files/given-files.ts'
import { isPicture, isPlayed } from '../files/thumbnails.ts'
import { useLive } from '../api/use-live.ts'
import { Button, IconButton } from '../parts/button.tsx'
import { cx } from '../parts/cx.ts'
import { words } from '../words/app.ts'
import { failureWords } from '../words/failures.ts'
import { byteSize } from '../words/times.ts'
import { FileItem } from './file-item.tsx'
import styles from './files-editor.module.css'

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
  const places = useLive('filePlaces', { hashes: files.slice(0, BOUNDS.hashesPerCall).map(({ hash }) => hash) })
  const placeOf = (hash: string): FilePlace | undefined => places?.find(place => place.hash === hash)
  const [over, setOver] = useState(false)
  const [shown, setShown] = useState<string | null>(null)
  const picker = useRef<HTMLInputElement>(null)
  const adder = useRef<HTMLButtonElement>(null)
  const shownHere = files.filter(file => (isPicture(file) || isPlayed(file)) && placeOf(file.hash)?.here !== false)

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
              place={placeOf(file.hash)}
              onShow={() => setShown(file.hash)}
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
