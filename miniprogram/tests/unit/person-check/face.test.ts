import { expect, test } from 'vitest'
import { answer, asked, ok } from '../phone'

test('a failed check on the phone is reported and says what to do', async () => {
  const { failedOnPhone, troubleOf } = await import('@/person-check/face')
  answer(200, ok({}))
  const refusal = failedOnPhone(troubleOf(90010), '90010 denied')
  await Promise.resolve()
  await new Promise((resolve) => setTimeout(resolve))
  expect(JSON.parse(asked[0]!.data!)).toEqual({
    kind: 'face',
    step: 'face.permission',
    detail: '90010 denied',
  })
  expect(refusal.message).toContain('权限')
  expect(refusal.help!.actions.map((action) => (action as { page?: string }).page)).toEqual([
    'pages/ctid/index',
    'pages/windows/index',
  ])
})

test('numbers of WeChat are told apart', async () => {
  const { troubleOf } = await import('@/person-check/face')
  expect([90001, 90004, 90007, 90008, 90011, 90199].map(troubleOf)).toEqual([
    'device',
    'cancelled',
    'network',
    'permission',
    'capture',
    'other',
  ])
})
