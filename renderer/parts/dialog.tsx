/** In-page dialogs with a heading, a body that scrolls and a row of actions. Native dialogs are never used. */
import type { ReactNode } from 'react'
import { Dialog as AriaDialog } from 'react-aria-components/Dialog'
import { Heading } from 'react-aria-components/Heading'
import { Modal, ModalOverlay } from 'react-aria-components/Modal'
import { X } from 'lucide-react'
import { words } from '../words/app.ts'
import { IconButton } from './button.tsx'
import { cx } from './cx.ts'
import styles from './dialog.module.css'

export interface DialogProps {
  readonly title: string
  readonly intro?: ReactNode
  readonly size?: 'small' | 'medium' | 'wide'
  readonly onClose: () => void
  /** Work that must not be lost to a click beside the dialog. */
  readonly keepOpen?: boolean
  readonly actions?: ReactNode
  readonly children: ReactNode
}

export function Dialog({ title, intro, size = 'medium', onClose, keepOpen = false, actions, children }: DialogProps) {
  return (
    <ModalOverlay
      isOpen
      onOpenChange={open => !open && onClose()}
      isDismissable={!keepOpen}
      className={styles.overlay ?? ''}
    >
      <Modal className={cx(styles.modal, styles[size])}>
        <AriaDialog className={styles.dialog ?? ''}>
          <header className={styles.head}>
            <div>
              <Heading slot="title" level={2} className={styles.title ?? ''}>
                {title}
              </Heading>
              {intro !== undefined && <p className={styles.intro}>{intro}</p>}
            </div>
            <IconButton label={words.close} onClick={onClose}>
              <X size={16} />
            </IconButton>
          </header>
          <div className={styles.body}>{children}</div>
          {actions !== undefined && <footer className={styles.actions}>{actions}</footer>}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  )
}
