/** All keys by group, read from the registry. */
import { useState } from 'react'
import { useApp } from '../app-context.ts'
import { Dialog } from '../parts/dialog.tsx'
import { words } from '../words/app.ts'
import styles from './help-sheet.module.css'
import { showKeys } from './keys.ts'
import type { CommandGroup } from './registry.ts'

const GROUPS: readonly CommandGroup[] = ['Go to', 'Record', 'Grid', 'Needs you', 'Sync', 'Farfield']

export default function HelpSheet({ onClose }: { readonly onClose: () => void }) {
  const { registry, mac } = useApp()
  const [commands] = useState(() => registry.all().filter(command => command.keys !== undefined))
  return (
    <Dialog title={words.help.title} intro={words.help.intro} size="wide" onClose={onClose}>
      <div className={styles.groups}>
        {GROUPS.map(group => {
          const inGroup = commands.filter(command => command.group === group)
          if (inGroup.length === 0) return null
          return (
            <section key={group} className={styles.group}>
              <h3 className={styles.title}>{group}</h3>
              <dl>
                {inGroup.map(command => (
                  <div key={command.id} className={styles.line}>
                    <dt>{command.title}</dt>
                    <dd>
                      {command.keys?.map(keys => (
                        <kbd key={keys} className={styles.key}>
                          {showKeys(keys, mac)}
                        </kbd>
                      ))}
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          )
        })}
      </div>
    </Dialog>
  )
}
