/** A picture or film as large as the window lets it be, or a sound, and its neighbours with the arrow keys. */
import { useState } from 'react'
import { ChevronLeft, ChevronRight, Download } from 'lucide-react'
import type { FileRef } from '../../core/model/fields/files.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { words } from '../words/app.ts'
import { byteSize } from '../words/times.ts'
import styles from './file-preview.module.css'
import { useSaveCopy } from './use-save-copy.ts'

export interface FilePreviewProps {
  readonly files: readonly FileRef[]
  /** Hash of the one to begin with. */
  readonly first: string
  readonly onClose: () => void
}

export default function FilePreview({ files, first, onClose }: FilePreviewProps) {
  const [hash, setHash] = useState(first)
  const [broken, setBroken] = useState('')
  const save = useSaveCopy()
  const at = files.findIndex(file => file.hash === hash)
  const file = files[at]
  if (file === undefined) return null
  const step = (by: number) => {
    const next = files[(at + by + files.length) % files.length]
    if (next !== undefined) setHash(next.hash)
  }
  return (
    <Dialog
      title={file.name}
      intro={files.length > 1 ? words.files.position(at + 1, files.length, byteSize(file.bytes)) : byteSize(file.bytes)}
      size="wide"
      onClose={onClose}
      actions={
        <>
          {files.length > 1 && (
            <>
              <Button variant="quiet" icon={<ChevronLeft size={16} aria-hidden />} onClick={() => step(-1)}>
                {words.files.previous}
              </Button>
              <Button variant="quiet" icon={<ChevronRight size={16} aria-hidden />} onClick={() => step(1)}>
                {words.files.next}
              </Button>
            </>
          )}
          <Button icon={<Download size={15} aria-hidden />} onClick={() => void save(file)}>
            {words.files.saveCopy}
          </Button>
        </>
      }
    >
      <div
        className={styles.stage}
        onKeyDown={event => {
          // A player has arrow keys of its own.
          if (event.target !== event.currentTarget) return
          if (event.key === 'ArrowLeft') step(-1)
          else if (event.key === 'ArrowRight') step(1)
        }}
        tabIndex={0}
        role="group"
        aria-label={words.files.stage}
      >
        {broken === hash ? (
          <p role="alert">{words.files.cannotShow}</p>
        ) : (
          <Shown key={hash} file={file} onBroken={() => setBroken(hash)} />
        )}
      </div>
    </Dialog>
  )
}

function Shown({ file, onBroken }: { readonly file: FileRef; readonly onBroken: () => void }) {
  const address = `/attachment/${file.hash}`
  // Players ask for all that follows at once: it streams from a scheme of its own.
  const stream = `attachment://farfield/${file.hash}`
  const [family] = file.type.split('/')
  if (family === 'video')
    // oxlint-disable-next-line jsx-a11y/media-has-caption -- what a person recorded comes without captions
    return <video src={stream} controls aria-label={file.name} className={styles.picture} onError={onBroken} />
  // oxlint-disable-next-line jsx-a11y/media-has-caption -- as above
  if (family === 'audio') return <audio src={stream} controls aria-label={file.name} onError={onBroken} />
  return <img src={address} alt={file.name} className={styles.picture} onError={onBroken} />
}
