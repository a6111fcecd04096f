/** Asks whether everything is to be put back as it was, and says before what comes of it. */
import type { ReactNode } from 'react'
import { useLive } from '../../api/use-live.ts'
import { Button } from '../../parts/button.tsx'
import { words as common } from '../../words/app.ts'
import { storageWords as words } from '../../words/storage.ts'
import settings from '../settings/settings.module.css'

export function RestoreSure(props: {
  readonly question: string
  /** What comes of it besides the rest. */
  readonly children?: ReactNode
  readonly onYes: () => void
  readonly onNo: () => void
}) {
  const sync = useLive('sync', null)
  const unsent = sync === undefined || sync.provider === null ? 0 : sync.waiting.records
  return (
    <>
      <p className={settings.strong}>{props.question}</p>
      <p>
        {words.restoreWhat} {props.children} {sync?.provider != null && words.restoreSync}
      </p>
      {unsent > 0 && <p>{words.restoreUnsent(unsent)}</p>}
      <div className={settings.buttons}>
        <Button small variant="danger" onClick={props.onYes}>
          {words.restoreYes}
        </Button>
        <Button small variant="quiet" onClick={props.onNo}>
          {common.cancel}
        </Button>
      </div>
    </>
  )
}
