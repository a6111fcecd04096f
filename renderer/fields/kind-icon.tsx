/** A small icon per field kind, so that columns and fields are told apart at a glance. */
import type { LucideIcon } from 'lucide-react'
import {
  AlignLeft,
  AtSign,
  Calendar,
  CalendarClock,
  CircleDot,
  Clock,
  Globe,
  Hash,
  Link2,
  ListChecks,
  ListOrdered,
  MapPin,
  Paperclip,
  Phone,
  SquareCheck,
  Type,
  UserPen,
} from 'lucide-react'
import type { FieldKind } from '../../core/model/record-type.ts'

const ICONS: { readonly [kind in FieldKind]: LucideIcon } = {
  text: Type,
  longText: AlignLeft,
  number: Hash,
  date: Calendar,
  dateTime: CalendarClock,
  checkbox: SquareCheck,
  choice: CircleDot,
  choices: ListChecks,
  link: Link2,
  files: Paperclip,
  location: MapPin,
  email: AtSign,
  phone: Phone,
  url: Globe,
  autoNumber: ListOrdered,
  lastEditedBy: UserPen,
  lastEditedAt: Clock,
}

export function KindIcon({ kind, size = 14 }: { readonly kind: FieldKind; readonly size?: number }) {
  const Icon = Object.hasOwn(ICONS, kind) ? ICONS[kind] : Type
  return <Icon size={size} strokeWidth={1.75} aria-hidden />
}
