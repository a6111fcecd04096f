/** What is wrong with the disk or the database, above everything else, with the one thing to do about it. */
import type { ReactNode } from 'react'
import type { Failure } from '../../../core/model/failure.ts'
import { useLive } from '../../api/use-live.ts'
import { useApp, useNow } from '../../app-context.ts'
import { Button } from '../../parts/button.tsx'
import { outcomeWords, storageWords as words } from '../../words/storage.ts'
import { relativeTime } from '../../words/times.ts'
import styles from './storage.module.css'

export default function StorageBanner() {
  const { api, go, complain, route } = useApp()
  const view = useLive('storage', null)
  const now = useNow()
  if (view === undefined) return null
  const say = (answer: { readonly ok: boolean; readonly failure?: Failure }) => {
    if (answer.failure !== undefined) complain(answer.failure)
  }
  const call = async (name: 'storage.rescue' | 'storage.dismiss') => say(await api.call(name, null))
  if (view.diskFull) return <Banner title={words.diskFullTitle}>{words.diskFull}</Banner>
  if (view.damaged)
    return (
      <Banner
        title={words.damagedTitle}
        actions={
          <Button small variant="primary" onClick={() => void call('storage.rescue')}>
            {words.rescue}
          </Button>
        }
      >
        {words.damaged}
      </Banner>
    )
  const { rescue } = view
  if (rescue === null) return null
  const isMissing = !rescue.readable || rescue.lost > 0 || rescue.uncertain
  // Where everything is gone there is nothing to lose, and the first run would be in the way of the settings.
  const newest = rescue.readable ? undefined : view.backups.find(({ kind }) => kind !== 'replaced')
  const failed = view.job === null && view.outcome?.job === 'restore' ? outcomeWords(view.outcome) : null
  const isThere = route.place.screen === 'settings' && route.place.section === 'storage'
  return (
    <Banner
      title={words.rescueTitle(rescue)}
      actions={
        <>
          {newest !== undefined && (
            <Button
              small
              variant="primary"
              disabled={view.job !== null}
              onClick={() => void api.call('storage.restore', { file: newest.file }).then(say)}
            >
              {words.restoreOf(relativeTime(newest.at, now))}
            </Button>
          )}
          {isMissing && newest === undefined && !isThere && (
            <Button small onClick={() => go({ to: 'settings', section: 'storage' })}>
              {words.showBackups}
            </Button>
          )}
          <Button small onClick={() => void call('storage.dismiss')}>
            {words.understood}
          </Button>
        </>
      }
    >
      {words.rescueWhat(rescue)} {isMissing && words.rescueNext} {failed?.good === false && failed.text}
    </Banner>
  )
}

function Banner(props: { readonly title: string; readonly children: ReactNode; readonly actions?: ReactNode }) {
  return (
    <div className={styles.banner} role="alert">
      <p className={styles.bannerText}>
        <strong>{props.title}</strong> {props.children}
      </p>
      {props.actions !== undefined && <div className={styles.bannerActions}>{props.actions}</div>}
    </div>
  )
}
