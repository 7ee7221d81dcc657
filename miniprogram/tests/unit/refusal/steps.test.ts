import { expect, test } from 'vitest'
import { Refusal } from '@/api/refusal'
import { stepOf } from '@/refusal/steps'

const refused = (code: string, ...fields: string[]) =>
  new Refusal(code, '', 422, { fields: fields.map((field) => ({ field, code: 'c', message: 'm' })) })

test.each([
  ['register', 'FOUR_ELEMENTS_MISMATCH', 1],
  ['register', 'PHONE_SEGMENT_UNSUPPORTED', 2],
  ['register', 'SMS_CODE_WRONG', 2],
  ['register', 'ALREADY_REGISTERED', 3],
  ['activation', 'ACTIVATION_EXPIRED', 1],
  ['activation', 'SMS_CODE_WRONG', 2],
  ['activation', 'FOUR_ELEMENTS_MISMATCH', 3],
  ['reset', 'NOT_FOUND', 1],
  ['reset', 'INVALID_INPUT', 2],
  ['newPhone', 'STEP_ORDER', 1],
  ['newPhone', 'SMS_CODE_WRONG', 2],
  ['confirmation', 'MATTER_CHANGED', 1],
  ['confirmation', 'SIGNATURE_UNREADABLE', 2],
  ['confirmation', 'FACE_MISMATCH', 3],
] as const)('%s mends %s in step %i', (form, code, step) => {
  expect(stepOf(form, refused(code))).toBe(step)
})

test('of several wrong fields the first step is shown', () => {
  expect(stepOf('register', refused('INVALID_INPUT', 'password', 'sms_code'))).toBe(2)
  expect(stepOf('register', refused('INVALID_INPUT', 'username'))).toBe(3)
})
