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
  other: [],
  complaint: ['clerk_name'],
}
export const KINDS = Object.keys(FIELDS) as Kind[]
export const isKind = (value: string | undefined): value is Kind => KINDS.includes(value as Kind)

/** Kinds that cannot do without the user's own words. */
const DESCRIBED: Kind[] = ['complaint', 'other']
export const needsDescription = (kind: Kind): boolean => DESCRIBED.includes(kind)

/** Return the fields of a kind. Omit the fields that the account has, except in a dispute. */
export function fieldsOf(kind: Kind, hasAccount: boolean): Field[] {
  const fields = FIELDS[kind]
  if (!hasAccount || kind === 'identity_dispute') return fields
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
