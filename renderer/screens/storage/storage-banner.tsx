/** What is wrong with the disk or the database, above everything else, with the one thing to do about it. */
import type { ReactNode } from 'react'
import { useLive } from '../../api/use-live.ts'
import { useApp } from '../../app-context.ts'
import { Button } from '../../parts/button.tsx'
import { storageWords as words } from '../../words/storage.ts'
import styles from './storage.module.css'

export default function StorageBanner() {
  const { api, go, complain, route } = useApp()
  const view = useLive('storage', null)
  if (view === undefined) return null
  const call = async (name: 'storage.rescue' | 'storage.dismiss') => {
    const answer = await api.call(name, null)
    if (!answer.ok) complain(answer.failure)
  }
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
  const isThere = route.place.screen === 'settings' && route.place.section === 'storage'
  return (
    <Banner
      title={words.rescueTitle(rescue)}
      actions={
        <>
          {isMissing && !isThere && (
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
      {words.rescueWhat(rescue)} {isMissing && words.rescueNext}
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
