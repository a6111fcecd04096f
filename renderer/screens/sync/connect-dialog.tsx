/** The dialog that connects this laptop to a hub by a pairing code; or moves it from the one it has to another. */
import { useLive } from '../../api/use-live.ts'
import { useApp } from '../../app-context.ts'
import { Dialog } from '../../parts/dialog.tsx'
import inputs from '../../parts/inputs.module.css'
import { words } from '../../words/app.ts'
import { PairingForm } from './pairing-form.tsx'

interface ConnectDialogProps {
  readonly isMoving: boolean
  readonly onClose: () => void
}

export default function ConnectDialog({ isMoving, onClose }: ConnectDialogProps) {
  const { notices } = useApp()
  const sync = useLive('sync', null)
  const from = isMoving ? sync?.provider?.host : undefined
  return (
    <Dialog
      title={isMoving ? words.connect.moveTitle : words.connect.title}
      intro={from === undefined ? words.connect.intro : words.connect.moveIntro(from)}
      onClose={onClose}
    >
      {isMoving && sync?.inSync === false && <p className={inputs.hint}>{words.connect.moveFirst}</p>}
      <PairingForm
        submit={isMoving ? words.connect.move : words.connect.submit}
        onPaired={provider => {
          notices.show(words.connect.connected(provider.host))
          onClose()
        }}
      />
      <p className={inputs.hint}>{words.connect.what}</p>
    </Dialog>
  )
}
