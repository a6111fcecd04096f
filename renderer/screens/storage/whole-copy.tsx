/** Settings > Storage > Whole copy: one file with everything in it, made and put in place. */
import { useRef, useState, type ReactNode } from 'react'
import { useApp } from '../../app-context.ts'
import { Button } from '../../parts/button.tsx'
import { cx } from '../../parts/cx.ts'
import inputs from '../../parts/inputs.module.css'
import { storageWords as words } from '../../words/storage.ts'
import settings from '../settings/settings.module.css'
import { RestoreSure } from './restore-sure.tsx'
import { sendCopy } from './send-copy.ts'
import styles from './storage.module.css'

/** `children`: what is under way, or what came of it. */
export function WholeCopy({ isBusy, children }: { readonly isBusy: boolean; readonly children: ReactNode }) {
  const { api, complain, notices } = useApp()
  const picker = useRef<HTMLInputElement>(null)
  const [chosen, choose] = useState<File | null>(null)

  async function save() {
    const answer = await api.call('storage.saveCopy', null)
    if (!answer.ok) complain(answer.failure)
  }
  async function restore(file: File) {
    choose(null)
    const failure = await sendCopy(api, file)
    if (failure === 'unreadable') notices.show(words.unreadable, null, 'bad')
    else if (failure !== null) complain(failure)
  }

  return (
    <section className={settings.block} aria-labelledby="storage-whole">
      <h3 className={inputs.label} id="storage-whole">
        {words.whole}
      </h3>
      <p className={settings.lead}>{words.wholeIntro}</p>
      <div className={styles.line}>
        <Button disabled={isBusy} onClick={() => void save()}>
          {words.saveCopy}
        </Button>
        <Button disabled={isBusy} onClick={() => picker.current?.click()}>
          {words.restoreCopy}
        </Button>
        <input
          ref={picker}
          type="file"
          accept=".farfield"
          hidden
          onChange={event => {
            choose(event.target.files?.[0] ?? null)
            // The same file may be chosen again.
            event.target.value = ''
          }}
        />
      </div>
      {chosen === null || isBusy ? (
        children
      ) : (
        <div className={cx(styles.sure, styles.asked)} role="group" aria-label={words.restoreCopy}>
          <RestoreSure
            question={words.restoreCopySure(chosen.name, chosen.size)}
            onYes={() => void restore(chosen)}
            onNo={() => choose(null)}
          >
            {words.restoreCopyWhat}
          </RestoreSure>
        </div>
      )}
      <p className={cx(settings.help, styles.note)}>{words.wholeKey}</p>
    </section>
  )
}
