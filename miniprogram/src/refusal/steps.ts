// The step of a form where a refusal is mended: one table for all forms of several steps.
import type { Refusal } from '@/api/refusal'
import type { Code } from '@/api/types'

/** The number of the step in each form; a form that a row leaves out mends the refusal in its last step. */
type Row = Partial<Record<keyof typeof LAST, number>>

/** The last step of each form, which sends it. */
const LAST = { register: 3, activation: 3, reset: 2, newPhone: 2, confirmation: 3 }

const CODES: Partial<Record<Code, Row>> = {
  IDENTITY_NEEDS_CONFIRMATION: { register: 1 },
  FOUR_ELEMENTS_MISMATCH: { register: 1 },
  IDENTITY_NO_RECORD: { register: 1 },
  IDENTITY_INVALID: { register: 1 },
  DOCUMENT_NEEDS_WINDOW: { register: 1 },
  PHONE_SEGMENT_UNSUPPORTED: { register: 2 },
  PHONE_NOT_ON_RECORD: { register: 2 },
  PHONE_ACCOUNT_LIMIT: { register: 2 },
  PHONE_FOREIGN: { register: 2 },
  PHONE_PROOF_INVALID: { register: 2, activation: 2 },
  SMS_RATE_LIMITED: { register: 2 },
  SMS_NUMBER_BLOCKED: { register: 2, newPhone: 2 },
  SMS_UNAVAILABLE: { register: 2 },
  SMS_CODE_WRONG: { register: 2, activation: 2 },
  SMS_CODE_EXPIRED: { register: 2, activation: 2 },
  SMS_CODE_USED: { register: 2, activation: 2 },
  ACTIVATION_EXPIRED: { activation: 1 },
  NOT_FOUND: { reset: 1 },
  // The face check was used up, or is too old.
  STEP_ORDER: { activation: 2, newPhone: 1 },
  FACE_IMAGE_QUALITY: { newPhone: 1 },
  FACE_MISMATCH: { newPhone: 1 },
  FACE_NO_PHOTO: { newPhone: 1 },
  FACE_DATA_MISSING: { newPhone: 1 },
  FACE_NOT_FINISHED: { newPhone: 1 },
  // The matter is read anew; consent and signature stand before the check, which stays good.
  MATTER_CHANGED: { confirmation: 1 },
  MATTER_CLOSED: { confirmation: 1 },
  MATTER_EXPIRED: { confirmation: 1 },
  LINE_DECIDED: { confirmation: 1 },
  CONSENT_REQUIRED: { confirmation: 2 },
  CONSENT_OUTDATED: { confirmation: 2 },
  SIGNATURE_UNREADABLE: { confirmation: 2 },
}

const FIELDS: Record<string, Row> = {
  name: { register: 1 },
  id_number: { register: 1 },
  valid_from: { register: 1 },
  valid_until: { register: 1 },
  phone: { register: 2 },
  sms_code: { register: 2 },
  phone_proof: { register: 2 },
}

/** Return the step of a form where a refusal is mended: the first that its code or its fields concern. */
export function stepOf(form: keyof typeof LAST, { fields, code }: Refusal): number {
  const rows = [CODES[code as Code], ...fields.map(({ field }) => FIELDS[field])]
  return Math.min(...rows.map((row) => row?.[form] ?? LAST[form]))
}
