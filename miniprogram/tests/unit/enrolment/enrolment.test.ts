import { expect, test } from 'vitest'
import { nextTick, reactive } from 'vue'
import { isCode } from '@/pages/register/steps'
import { carry, draftOf, useDraft } from '@/session/draft'
import { answer, asked, ok } from '../phone'

test('a code has six digits, of any width', () => {
  expect(isCode('012345')).toBe(true)
  expect(isCode('０１２３４５ ')).toBe(true)
  expect(isCode('12345 ')).toBe(false)
})

test('what is typed in one form is carried to another', () => {
  useDraft('activation', { step: 1, id_number: '' }).form.step = 2
  carry('activation', { id_number: '110101199001019992' })
  expect(draftOf('activation')).toEqual({ step: 2, id_number: '110101199001019992' })
  expect(useDraft('activation', { step: 1, id_number: '' }).form.id_number).toBe('110101199001019992')
})

test('a warning is confirmed until a field changes', async () => {
  const { useIdentityCheck } = await import('@/enrolment/identity-check')
  const form = reactive({
    name: '张三',
    id_number: '1',
    valid_from: '2024-06-03',
    valid_until: '2044-06-04',
    confirmed: [] as string[],
  })
  const check = useIdentityCheck(form)
  const doubt = { field: 'valid_until', code: 'day_off', message: 'm', suggestion: '2044-06-03' }
  answer(200, ok({ normalised: {}, warnings: [doubt] }))
  await check.now()
  expect(check.problem('valid_until')).toEqual(doubt)
  expect(check.isWarning('valid_until')).toBe(true)
  form.confirmed = ['day_off']
  expect(check.unconfirmed.value).toEqual([])
  form.name = '张三丰'
  await nextTick()
  expect(form.confirmed).toEqual([])
})

test('a field that was not left yet is not called wrong, nor one changed since', async () => {
  const { useIdentityCheck } = await import('@/enrolment/identity-check')
  const form = reactive({ name: '张', id_number: '', valid_from: '', valid_until: '', confirmed: [] })
  const check = useIdentityCheck(form)
  const fields = ['name', 'id_number'].map((field) => ({ field, code: 'c', message: 'm' }))
  answer(422, { code: 'INVALID_INPUT', message: '', data: { fields }, help: null, request_id: 'r' })
  check.leave('name')
  await new Promise((resolve) => setTimeout(resolve, 350))
  expect(asked).toHaveLength(1)
  expect(check.problem('name')).toEqual(fields[0])
  expect(check.problem('id_number')).toBeUndefined()
  form.name = '张三'
  await nextTick()
  expect(check.problem('name')).toBeUndefined()
})
