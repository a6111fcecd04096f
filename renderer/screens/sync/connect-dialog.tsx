/** The dialog that connects this laptop to a hub by a pairing code. */
import { useApp } from '../../app-context.ts'
import { Dialog } from '../../parts/dialog.tsx'
import inputs from '../../parts/inputs.module.css'
import { words } from '../../words/app.ts'
import { PairingForm } from './pairing-form.tsx'

export default function ConnectDialog({ onClose }: { readonly onClose: () => void }) {
  const { notices } = useApp()
  return (
    <Dialog title={words.connect.title} intro={words.connect.intro} onClose={onClose}>
      <PairingForm
        onPaired={provider => {
          notices.show(words.connect.connected(provider.host))
          onClose()
        }}
      />
      <p className={inputs.hint}>{words.connect.what}</p>
    </Dialog>
  )
}
