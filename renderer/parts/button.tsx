/** The app's buttons: a labelled one in four weights, and one that is only an icon with an accessible name. */
import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react'
import styles from './button.module.css'
import { cx } from './cx.ts'

type Props = ButtonHTMLAttributes<HTMLButtonElement> & {
  readonly ref?: Ref<HTMLButtonElement>
  readonly variant?: 'primary' | 'plain' | 'quiet' | 'danger'
  readonly small?: boolean
  readonly icon?: ReactNode
}

export function Button({ variant = 'plain', small, icon, className, children, ...rest }: Props) {
  return (
    <button type="button" className={cx(styles.button, styles[variant], small && styles.small, className)} {...rest}>
      {icon}
      {children !== undefined && <span className={styles.label}>{children}</span>}
    </button>
  )
}

type IconProps = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'aria-label'> & {
  readonly ref?: Ref<HTMLButtonElement>
  readonly label: string
  readonly hint?: string
}

export function IconButton({ label, hint, className, children, ...rest }: IconProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={hint === undefined ? label : `${label} (${hint})`}
      className={cx(styles.iconButton, className)}
      {...rest}
    >
      {children}
    </button>
  )
}
