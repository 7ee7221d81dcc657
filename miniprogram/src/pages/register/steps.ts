import type { Refusal } from '@/api/refusal'

/** The documents to choose from, those that are checked online first. */
export const DOCUMENTS = ['card', 'permit', 'foreign', 'other'] as const
export type Document = (typeof DOCUMENTS)[number]

const STEP_OF_FIELD: Record<string, number> = {
  name: 1,
  id_number: 1,
  valid_from: 1,
  valid_until: 1,
  phone: 2,
  sms_code: 2,
  phone_proof: 2,
}
const ELEMENTS =
  /^(IDENTITY_NEEDS_CONFIRMATION|FOUR_ELEMENTS_MISMATCH|IDENTITY_(NO_RECORD|INVALID)|DOCUMENT_NEEDS_WINDOW)$/
const PHONE = /^(SMS_|PHONE_)/

/** Return the step of the form where a refused registration is mended. */
export function stepOf(refusal: Refusal): number {
  const steps = refusal.fields.map(({ field }) => STEP_OF_FIELD[field] ?? 3)
  if (steps.length) return Math.min(...steps)
  if (ELEMENTS.test(refusal.code)) return 1
  return PHONE.test(refusal.code) ? 2 : 3
}

/** Tell whether the source said no: of such tries there are few a day. */
export const isMiss = ({ data }: Refusal): boolean => typeof data.attempts_left === 'number'

/** Tell whether a text has the form of an SMS code, in digits of any width as the service takes them. */
export const isCode = (text: string): boolean => /^\d{6}$/.test(text.normalize('NFKC').trim())
