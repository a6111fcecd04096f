/** Settings on one page with an index on the left. Every rule says what it means right now. */
import { lazy, Suspense, useEffect, useState } from 'react'
import { LockKeyhole, LockOpen } from 'lucide-react'
import type { SchedulePolicy } from '../../../core/model/schedule.ts'
import { useLive } from '../../api/use-live.ts'
import { useApp, useNow } from '../../app-context.ts'
import { Button } from '../../parts/button.tsx'
import { cx } from '../../parts/cx.ts'
import inputs from '../../parts/inputs.module.css'
import type { SettingsSection } from '../../route.ts'
import { SETTINGS_SECTIONS } from '../../route.ts'
import { words } from '../../words/app.ts'
import { reasonWords } from '../../words/reasons.ts'
import { Choices } from './choices.tsx'
import styles from './settings.module.css'

const TransferSettings = lazy(() => import('../export/transfer-settings.tsx'))
const StorageSettings = lazy(() => import('../storage/storage-settings.tsx'))

export default function SettingsScreen({ section }: { readonly section: SettingsSection }) {
  const { go } = useApp()
  return (
    <div className={styles.screen}>
      <div className={styles.index}>
        <h1 className={styles.heading}>{words.settings.title}</h1>
        <div role="tablist" aria-orientation="vertical" aria-label={words.settings.title}>
          {SETTINGS_SECTIONS.map(name => (
            <button
              key={name}
              type="button"
              role="tab"
              id={`settings-${name}`}
              aria-selected={section === name}
              aria-controls="settings-page"
              className={cx(styles.link, section === name && styles.current)}
              onClick={() => go({ to: 'settings', section: name })}
            >
              {words.settings[name]}
            </button>
          ))}
        </div>
      </div>
      <div className={styles.page} role="tabpanel" id="settings-page" aria-labelledby={`settings-${section}`}>
        <div className={styles.inner}>
          <h2 className={styles.title}>{words.settings[section]}</h2>
          {section === 'general' && <General />}
          {section === 'rules' && <Rules />}
          {section === 'provider' && <Provider />}
          <Suspense>
            {section === 'storage' && <StorageSettings />}
            {section === 'transfer' && <TransferSettings />}
          </Suspense>
        </div>
      </div>
    </div>
  )
}

function General() {
  const { api, info, rename, complain, notices } = useApp()
  const [name, setName] = useState(info.device?.name ?? '')
  async function save() {
    const next = name.trim()
    if (next === '' || next === info.device?.name) return setName(info.device?.name ?? '')
    const answer = await api.call('device.name', { name: next })
    if (!answer.ok) return complain(answer.failure)
    rename({ ...info, device: answer.value })
    notices.show(words.settings.saved)
  }
  const isProtected = info.protection === 'keychain'
  const Icon = isProtected ? LockKeyhole : LockOpen
  return (
    <>
      <section className={styles.block}>
        <label className={inputs.label} htmlFor="device-name">
          {words.settings.deviceName}
        </label>
        <input
          id="device-name"
          className={cx(inputs.input, styles.narrow)}
          value={name}
          maxLength={60}
          aria-describedby="device-name-help"
          onChange={event => setName(event.target.value)}
          onBlur={() => void save()}
          onKeyDown={event => event.key === 'Enter' && void save()}
        />
        <p id="device-name-help" className={styles.help}>
          {words.settings.deviceNameHelp}
        </p>
      </section>
      <section className={styles.block}>
        <h3 className={inputs.label}>{words.settings.protection}</h3>
        <div className={cx(styles.panel, !isProtected && styles.warn)}>
          <Icon size={18} aria-hidden />
          <div>
            <p className={styles.strong}>{isProtected ? words.settings.keychain : words.settings.noKeychain}</p>
            <p className={styles.help}>{isProtected ? words.settings.keychainMore : words.settings.noKeychainMore}</p>
          </div>
        </div>
      </section>
      <p className={styles.help}>
        Farfield, {words.settings.version.toLowerCase()} {info.version}
      </p>
    </>
  )
}

function Rules() {
  const { api, complain } = useApp()
  const sync = useLive('sync', null)
  const now = useNow()
  const [policy, setPolicy] = useState<SchedulePolicy | null>(null)
  useEffect(() => {
    const read = async () => {
      const answer = await api.call('sync.policy', null)
      if (answer.ok) setPolicy(answer.value)
    }
    void read()
  }, [api])
  async function save(next: SchedulePolicy) {
    const before = policy
    setPolicy(next)
    const answer = await api.call('sync.setPolicy', { policy: next })
    if (answer.ok) return
    setPolicy(before)
    complain(answer.failure)
  }
  if (policy === null) return null
  return (
    <>
      {sync !== undefined && (
        <p className={styles.now} role="status">
          {words.settings.rightNow}
          <strong>{reasonWords(sync, now).title}</strong>
        </p>
      )}
      <Choices
        label={words.settings.power}
        value={policy.battery === 'none' ? 'mains' : 'battery'}
        options={[
          { id: 'mains', label: words.settings.powerMains },
          {
            id: 'battery',
            label: words.settings.powerBattery,
            more: words.settings.powerBatteryMore(policy.batteryMin),
          },
        ]}
        onPick={id => void save({ ...policy, battery: id === 'mains' ? 'none' : 'full' })}
      />
      <Choices
        label={words.settings.network}
        value={policy.metered === 'none' ? 'never' : 'always'}
        options={[
          { id: 'never', label: words.settings.networkNever },
          { id: 'always', label: words.settings.networkAlways, more: words.settings.networkAlwaysMore },
        ]}
        onPick={id => void save({ ...policy, metered: id === 'never' ? 'none' : 'full' })}
      />
      <Choices
        label={words.settings.unknown}
        value={policy.unknown === 'none' ? 'never' : 'always'}
        options={[
          { id: 'never', label: words.settings.unknownNever },
          { id: 'always', label: words.settings.unknownAlways },
        ]}
        onPick={id => void save({ ...policy, unknown: id === 'never' ? 'none' : 'full' })}
      />
      {Object.keys(policy.networks).length > 0 && (
        <section className={styles.block}>
          <h3 className={inputs.label}>{words.settings.thisNetwork}</h3>
          <Button
            small
            onClick={() => {
              const detect = async () => {
                const answer = await api.call('sync.treatNetwork', { as: 'detect' })
                if (!answer.ok) complain(answer.failure)
              }
              void detect()
            }}
          >
            {words.sync.detect}
          </Button>
        </section>
      )}
    </>
  )
}

function Provider() {
  const { api, go, complain, notices } = useApp()
  const sync = useLive('sync', null)
  const [sure, setSure] = useState(false)
  if (sync === undefined) return null
  const { provider } = sync
  async function leave() {
    const answer = await api.call('sync.leave', null)
    setSure(false)
    if (answer.ok) notices.show(words.settings.left)
    else complain(answer.failure)
  }
  if (provider === null)
    return (
      <div className={styles.block}>
        <p className={styles.lead}>{words.settings.noProvider}</p>
        <Button variant="primary" onClick={() => go({ to: 'dialog', dialog: { name: 'connect' } })}>
          {words.sync.connect}
        </Button>
      </div>
    )
  return (
    <>
      <section className={styles.block}>
        <div className={styles.panel}>
          <div>
            <p className={styles.strong}>{words.settings.hubAt(provider.host, provider.port)}</p>
            <p className={styles.help}>
              {provider.tls !== undefined && provider.verified
                ? words.settings.secure(provider.tls)
                : words.settings.notYetMet}
            </p>
          </div>
        </div>
      </section>
      <section className={styles.block}>
        <h3 className={inputs.label}>{words.settings.what}</h3>
        <p className={styles.lead}>{words.settings.whatBody}</p>
      </section>
      <section className={styles.block}>
        {sure ? (
          <div className={styles.panel}>
            <div>
              <p>{words.settings.leaveSure}</p>
              <div className={styles.buttons}>
                <Button small variant="danger" onClick={() => void leave()}>
                  {words.settings.leaveYes}
                </Button>
                <Button small variant="quiet" onClick={() => setSure(false)}>
                  {words.cancel}
                </Button>
              </div>
            </div>
          </div>
        ) : (
          <div className={styles.buttons}>
            <Button onClick={() => go({ to: 'dialog', dialog: { name: 'connect', moving: true } })}>
              {words.settings.move}
            </Button>
            <Button variant="danger" onClick={() => setSure(true)}>
              {words.settings.leave}
            </Button>
          </div>
        )}
      </section>
    </>
  )
}
