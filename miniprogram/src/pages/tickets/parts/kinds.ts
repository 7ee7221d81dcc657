// The kinds of tickets that a user opens, and the fields that each of them asks.
import type { Ticket, TicketBody } from '@/api/types'

export type Kind = TicketBody['kind']
export type Field = 'name' | 'id_number' | 'valid_from' | 'valid_until' | 'phone' | 'clerk_name'

/** In the order in which they are offered: the frequent ones first. */
const FIELDS: Record<Kind, Field[]> = {
  phone_verification: ['phone'],
  manual_verification: ['name', 'id_number'],
  identity_review: ['name', 'id_number', 'valid_from', 'valid_until'],
  activation_phone: ['id_number', 'phone'],
  phone_change: ['id_number', 'phone'],
  re_registration: ['id_number'],
  identity_dispute: ['name', 'id_number'],
  refusal_reason: [],
  name_correction: ['name', 'id_number'],
  data_transfer: ['id_number'],
  relatives_request: ['name', 'id_number'],
  other: [],
  complaint: ['clerk_name'],
}
export const KINDS = Object.keys(FIELDS) as Kind[]
export const isKind = (value: string | undefined): value is Kind => KINDS.includes(value as Kind)

/** Kinds that cannot do without the user's own words. */
const DESCRIBED: Kind[] = [
  'complaint',
  'other',
  'refusal_reason',
  'name_correction',
  'data_transfer',
  'relatives_request',
]
/** Kinds whose person is not the user. */
const OF_ANOTHER: Kind[] = ['identity_dispute', 'relatives_request']
export const needsDescription = (kind: Kind): boolean => DESCRIBED.includes(kind)

/** Kinds that say which pictures are needed. */
const PICTURED: Kind[] = ['identity_review', 'name_correction', 'relatives_request']
export const hintOfPictures = (kind: Kind): Kind | 'hint' => (PICTURED.includes(kind) ? kind : 'hint')

/** Return the fields of a kind. Omit the fields that the account has, except where another person is meant. */
export function fieldsOf(kind: Kind, hasAccount: boolean): Field[] {
  const fields = FIELDS[kind]
  if (!hasAccount || OF_ANOTHER.includes(kind)) return fields
  return fields.filter((name) => name === 'phone' || name === 'clerk_name')
}

/** States in which a ticket still takes pictures and can be withdrawn. */
export const isUnfinished = ({ state }: Ticket): boolean => state === 'open' || state === 'with_centre'

/** The tone of a state; its words say the same. */
export const TONES: Record<Ticket['state'], string> = {
  open: '',
  with_centre: '',
  resolved: 'good',
  rejected: 'bad',
  withdrawn: 'warn',
}
export const MOST_PICTURES = 6
