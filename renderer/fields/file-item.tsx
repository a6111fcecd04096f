/**
 * One photo or file of a record: its thumbnail, where it is, and what can be done with it. One that is not here is a
 * placeholder that can be fetched, never a broken picture.
 */
import { useState } from 'react'
import { CloudDownload, Download, FileText, Film, ImageIcon, Music, X } from 'lucide-react'
import type { FilePlace } from '../../core/model/api.ts'
import type { FileRef } from '../../core/model/fields/files.ts'
import type { RecordId } from '../../core/model/record.ts'
import type { Field } from '../../core/model/record-type.ts'
import { useLive } from '../api/use-live.ts'
import { useApp, useNow } from '../app-context.ts'
import { isPicture, isPlayed, isTooLargeToShow } from '../files/thumbnails.ts'
import { Button, IconButton } from '../parts/button.tsx'
import { cx } from '../parts/cx.ts'
import { words } from '../words/app.ts'
import { placeWords } from '../words/files.ts'
import { byteSize } from '../words/times.ts'
import styles from './files-editor.module.css'
import { useSaveCopy } from './use-save-copy.ts'

interface FileItemProps {
  readonly record: RecordId
  readonly field: Field
  readonly file: FileRef
  /** Undefined: not known yet. */
  readonly place: FilePlace | undefined
  readonly onShow: () => void
  readonly onRemoved: () => void
}

export function FileItem({ record, field, file, place, onShow, onRemoved }: FileItemProps) {
  const { api, did, complain } = useApp()
  const sync = useLive('sync', null)
  const now = useNow()
  const save = useSaveCopy()
  const missing = place?.here === false
  const canShow = (isPicture(file) || isPlayed(file)) && !missing
  async function remove() {
    onRemoved()
    const answer = await api.call('files.remove', { record, field: field.id, hash: file.hash })
    if (!answer.ok) return complain(answer.failure)
    const { undo } = answer.value
    if (undo !== null) did(words.files.removed(file.name), undo, words.files.removed(file.name))
  }
  async function fetch(anyway: boolean) {
    const answer = await api.call('files.fetch', { hash: file.hash, anyway })
    if (!answer.ok) complain(answer.failure)
  }
  const said = place === undefined ? undefined : placeWords(place, sync, now)
  const size =
    isTooLargeToShow(file) && !missing
      ? words.files.tooLargeToShow(byteSize(file.bytes))
      : words.files.about(byteSize(file.bytes), file.type)
  const moving = place?.moving ?? null
  const face = (
    <>
      <span className={styles.thumb}>
        {isPicture(file) && !missing ? <Thumbnail file={file} /> : <KindOfFile file={file} />}
      </span>
      <span className={styles.text}>
        <span className={styles.name} title={file.name}>
          {file.name}
        </span>
        <span className={styles.about}>{size}</span>
        {moving !== null && (
          <progress
            className={styles.progress}
            value={moving.total === 0 ? 1 : moving.done}
            max={moving.total === 0 ? 1 : moving.total}
            aria-label={words.files.moving(moving.direction, file.name)}
          />
        )}
        {said !== undefined && said.text !== '' && (
          <span
            className={cx(styles.about, said.tone === 'wait' && styles.missing, said.tone === 'bad' && styles.failed)}
          >
            {said.text}
          </span>
        )}
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
      {said !== undefined && said.remedy !== null && (
        <Button
          small
          icon={<CloudDownload size={14} aria-hidden />}
          aria-label={words.files.fetchName(said.remedy === 'fetchAnyway', file.name)}
          onClick={() => void fetch(said.remedy === 'fetchAnyway')}
        >
          {words.files.fetch(said.remedy === 'fetchAnyway')}
        </Button>
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
function Thumbnail({ file }: { readonly file: FileRef }) {
  const { thumbnails } = useApp()
  const [state, setState] = useState<'kept' | 'making' | 'made' | 'none'>('kept')
  async function make() {
    if (state !== 'kept') return setState('none')
    setState('making')
    const made = await thumbnails.make(file.hash)
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
