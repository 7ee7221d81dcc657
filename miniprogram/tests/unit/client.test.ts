import { expect, test, vi } from 'vitest'
import { answer, asked, lose, ok } from './phone'

const client = () => import('@/api/client')
const PROBLEM = { code: 'UNAUTHENTICATED', message: '请重新登录', data: {}, help: null, request_id: 'r' }

test('a write without an answer is the same write when it is sent again', async () => {
  const { post } = await client()
  lose()
  await expect(post('/client-reports', { kind: 'sms', step: 's' })).rejects.toMatchObject({
    code: 'OFFLINE',
    isUnanswered: true,
  })
  answer(200, ok({}))
  await post('/client-reports', { kind: 'sms', step: 's' })
  answer(200, ok({}))
  await post('/client-reports', { kind: 'sms', step: 's' })
  const keys = asked.map(({ header }) => header['Idempotency-Key'])
  expect(keys[1]).toBe(keys[0])
  expect(keys[2]).not.toBe(keys[0])
})

test('a write cut by the end of the program is asked again under its key', async () => {
  lose()
  await (await client()).post('/client-reports', { kind: 'sms', step: 's' }).catch(() => undefined)
  vi.resetModules()
  answer(200, ok({}))
  await (await client()).post('/client-reports', { kind: 'sms', step: 's' })
  expect(asked[1]!.header['Idempotency-Key']).toBe(asked[0]!.header['Idempotency-Key'])
})

test('a changed form is another write', async () => {
  const { post } = await client()
  lose()
  await post('/client-reports', { kind: 'sms', step: 'a' }).catch(() => undefined)
  answer(200, ok({}))
  await post('/client-reports', { kind: 'sms', step: 'b' })
  expect(asked[1]!.header['Idempotency-Key']).not.toBe(asked[0]!.header['Idempotency-Key'])
})

test('calls that find a dead token share one login', async () => {
  const { get } = await client()
  answer(401, PROBLEM)
  answer(401, PROBLEM)
  answer(200, ok({ token: 'second', account: null }))
  answer(200, ok({ count: 1 }))
  answer(200, ok({ count: 2 }))
  const both = await Promise.all([get('/matters'), get('/tickets')])
  expect(both).toEqual([{ count: 1 }, { count: 2 }])
  expect(asked.filter(({ url }) => url.endsWith('/login'))).toHaveLength(1)
  expect(asked.slice(-2).map(({ header }) => header.Authorization)).toEqual([
    'Bearer second',
    'Bearer second',
  ])
})

test('a page of a proxy is no answer of the service', async () => {
  const { get } = await client()
  answer(502, '<html>Bad Gateway</html>')
  await expect(get('/matters')).rejects.toMatchObject({ code: 'MAINTENANCE' })
  answer(200, '<html>hotel wifi</html>')
  await expect(get('/matters')).rejects.toMatchObject({ code: 'NOT_OUR_ANSWER' })
})

test('a refusal keeps its help, its fields and its waiting time', async () => {
  const { get } = await client()
  const help = { case: 5, slug: 's', title: '标题', steps: ['一'], actions: [] }
  answer(429, { ...PROBLEM, code: 'SMS_RATE_LIMITED', data: { retry_after: 42 }, help })
  await expect(get('/matters')).rejects.toMatchObject({ retryAfter: 42, help })
})
