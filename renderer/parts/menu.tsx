/** A button that opens a menu of actions, or a list of options to pick one from. */
import type { ReactNode } from 'react'
import { Button as AriaButton } from 'react-aria-components/Button'
import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu'
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox'
import { Popover } from 'react-aria-components/Popover'
import { Select, SelectValue } from 'react-aria-components/Select'
import { Check, ChevronDown } from 'lucide-react'
import { cx } from './cx.ts'
import styles from './menu.module.css'

export interface MenuAction {
  readonly id: string
  readonly label: string
  readonly icon?: ReactNode
  readonly keys?: string
  readonly danger?: boolean
  readonly run: () => void
}

export function ActionMenu({
  label,
  children,
  actions,
  className,
}: {
  readonly label: string
  readonly children: ReactNode
  readonly actions: readonly MenuAction[]
  readonly className?: string
}) {
  return (
    <MenuTrigger>
      <AriaButton aria-label={label} className={className ?? styles.trigger ?? ''}>
        {children}
      </AriaButton>
      <Popover className={styles.popover ?? ''} placement="bottom end" offset={4}>
        <Menu className={styles.list ?? ''} onAction={id => actions.find(action => action.id === id)?.run()}>
          {actions.map(action => (
            <MenuItem
              key={action.id}
              id={action.id}
              textValue={action.label}
              className={cx(styles.item, action.danger && styles.danger)}
            >
              {action.icon !== undefined && <span className={styles.icon}>{action.icon}</span>}
              <span className={styles.text}>{action.label}</span>
              {action.keys !== undefined && <kbd>{action.keys}</kbd>}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}

export interface Option {
  readonly id: string
  readonly label: string
  readonly icon?: ReactNode
  readonly muted?: boolean
}

/** One of several options. `options` must have unique ids. */
export function Picker({
  label,
  value,
  options,
  onPick,
  placeholder = '',
  className,
  labelledBy,
  describedBy,
  onFocus,
  onBlur,
}: {
  readonly label?: string
  readonly labelledBy?: string
  readonly describedBy?: string
  readonly value: string | null
  readonly options: readonly Option[]
  readonly onPick: (id: string) => void
  readonly placeholder?: string
  readonly className?: string
  readonly onFocus?: () => void
  readonly onBlur?: () => void
}) {
  const picked = options.find(option => option.id === value)
  return (
    <Select
      {...(label === undefined ? {} : { 'aria-label': label })}
      {...(labelledBy === undefined ? {} : { 'aria-labelledby': labelledBy })}
      {...(describedBy === undefined ? {} : { 'aria-describedby': describedBy })}
      value={picked === undefined ? null : picked.id}
      onChange={key => typeof key === 'string' && onPick(key)}
      className={cx(styles.select, className)}
      {...(onFocus === undefined ? {} : { onFocus })}
      {...(onBlur === undefined ? {} : { onBlur })}
    >
      <AriaButton className={styles.selectButton ?? ''}>
        {picked?.icon !== undefined && <span className={styles.icon}>{picked.icon}</span>}
        <SelectValue className={cx(styles.text, (picked === undefined || picked.muted) && styles.muted)}>
          {picked?.label ?? placeholder}
        </SelectValue>
        <ChevronDown size={14} aria-hidden />
      </AriaButton>
      <Popover className={styles.popover ?? ''} offset={4}>
        <ListBox className={styles.list ?? ''}>
          {options.map(option => (
            <ListBoxItem key={option.id} id={option.id} textValue={option.label} className={styles.item ?? ''}>
              {option.icon !== undefined && <span className={styles.icon}>{option.icon}</span>}
              <span className={cx(styles.text, option.muted && styles.muted)}>{option.label}</span>
              {option.id === value && <Check size={14} aria-hidden className={styles.check} />}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
  )
}
