/** Chooses a record type's icon from the ones Farfield has. */
import { useRef, useState } from 'react'
import { Dialog } from 'react-aria-components/Dialog'
import { Popover } from 'react-aria-components/Popover'
import { cx } from '../../parts/cx.ts'
import inputs from '../../parts/inputs.module.css'
import { ICON_NAMES, TypeIcon } from '../../parts/type-icon.tsx'
import { words } from '../../words/app.ts'
import styles from './icon-picker.module.css'

export function IconPicker({ icon, onPick }: { readonly icon: string; readonly onPick: (icon: string) => void }) {
  const [open, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  return (
    <div>
      <div className={inputs.label} id="type-icon">
        {words.typeEditor.icon}
      </div>
      <button
        ref={button}
        type="button"
        className={styles.current}
        aria-labelledby="type-icon"
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <TypeIcon name={icon} size={18} />
      </button>
      <Popover
        triggerRef={button}
        isOpen={open}
        onOpenChange={setOpen}
        placement="bottom start"
        offset={4}
        className={styles.popover ?? ''}
      >
        <Dialog aria-label={words.typeEditor.icon} className={styles.icons ?? ''}>
          {ICON_NAMES.map(name => (
            <button
              key={name}
              type="button"
              aria-label={name.replaceAll('-', ' ')}
              aria-pressed={name === icon}
              className={cx(styles.icon, name === icon && styles.chosen)}
              onClick={() => {
                onPick(name)
                setOpen(false)
              }}
            >
              <TypeIcon name={name} size={18} />
            </button>
          ))}
        </Dialog>
      </Popover>
    </div>
  )
}
