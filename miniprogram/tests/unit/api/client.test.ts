import { expect, test, vi } from 'vitest'
import { answer, asked, lose, ok, storage } from '../phone'

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

test('calls that find an expired token share one login', async () => {
  const { get } = await client()
  answer(401, PROBLEM)
  answer(401, PROBLEM)
  answer(200, ok({ token: 'second', account: null }))
  answer(200, ok({ count: 1 }))
  answer(200, ok({ count: 2 }))
  const both = await Promise.all([get('/matters'), get('/account/receipts')])
  expect(both).toEqual([{ count: 1 }, { count: 2 }])
  expect(asked.filter(({ url }) => url.endsWith('/login'))).toHaveLength(1)
  expect(asked.slice(-2).map(({ header }) => header.Authorization)).toEqual(['Bearer second', 'Bearer second'])
})

test('an expired token is replaced by that of another tab', async () => {
  const { get } = await client()
  storage.set('token', 'of-another-tab')
  answer(401, PROBLEM)
  answer(200, ok({}))
  await get('/matters')
  expect(asked.map(({ header }) => header.Authorization)).toEqual(['Bearer first', 'Bearer of-another-tab'])
})

test('a page of a proxy is no answer of the service', async () => {
  const { get } = await client()
  answer(502, '<html>Bad Gateway</html>')
  await expect(get('/matters')).rejects.toMatchObject({ code: 'MAINTENANCE' })
  answer(200, '<html>hotel wifi</html>')
  await expect(get('/matters')).rejects.toMatchObject({ code: 'NOT_OUR_ANSWER' })
  answer(413, '<html>Request Entity Too Large</html>')
  await expect(get('/matters')).rejects.toMatchObject({ code: 'BODY_TOO_LARGE', isUnanswered: false })
})

test('a refusal keeps its help, its fields and its waiting time', async () => {
  const { get } = await client()
  const help = { case: 5, slug: 's', title: '标题', steps: ['一'], actions: [] }
  answer(429, { ...PROBLEM, code: 'SMS_RATE_LIMITED', data: { retry_after: 42 }, help })
  await expect(get('/matters')).rejects.toMatchObject({ retryAfter: 42, help })
})

test('a write that is still running is asked about under its key', async () => {
  const { post } = await client()
  answer(409, { ...PROBLEM, code: 'IDEMPOTENCY_IN_PROGRESS', data: { retry_after: 1 } })
  await post('/client-reports', { kind: 'sms', step: 's' }).catch(() => undefined)
  answer(200, ok({}))
  await post('/client-reports', { kind: 'sms', step: 's' })
  expect(asked[1]!.header['Idempotency-Key']).toBe(asked[0]!.header['Idempotency-Key'])
})

test('a state that is set again after another is not answered as before', async () => {
  const { put } = await client()
  const path = '/account/authorization'
  lose()
  await put(path, { enabled: false }).catch(() => undefined)
  answer(200, ok({}))
  await put(path, { enabled: true, until: '2026-12-01' })
  answer(200, ok({}))
  await put(path, { enabled: false })
  expect(asked[2]!.header['Idempotency-Key']).not.toBe(asked[0]!.header['Idempotency-Key'])
})

test('a code asked for after a minute is another one, although no answer came', async () => {
  const { post } = await client()
  const body = { phone: '13800138001', purpose: 'register' as const }
  const now = vi.spyOn(Date, 'now').mockReturnValue(1_000_000)
  for (const at of [1_000_000, 1_050_000, 1_070_000]) {
    now.mockReturnValue(at)
    lose()
    await post('/sms-codes', body).catch(() => undefined)
  }
  now.mockRestore()
  const [first, soon, later] = asked.map(({ header }) => header['Idempotency-Key'])
  expect([soon === first, later === first]).toEqual([true, false])
})

test('nothing of a password is kept on the phone, but its write is the same again', async () => {
  const { post } = await client()
  const body = { login: 'zhangsan', password: 'geheim2026', bind: false }
  lose()
  await post('/sessions', body).catch(() => undefined)
  expect(JSON.stringify([...storage])).not.toContain('/sessions')
  answer(200, ok({}))
  await post('/sessions', body)
  expect(asked[1]!.header['Idempotency-Key']).toBe(asked[0]!.header['Idempotency-Key'])
})

test('a ticket of an account is not filed for a visitor when the session has ended', async () => {
  const { post } = await client()
  answer(401, PROBLEM)
  answer(200, ok({ token: 'visitor', account: null }))
  await expect(post('/tickets', { kind: 'other' })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  expect(asked.map(({ url }) => url)).toEqual(['/api/v1/tickets', '/api/v1/web/login'])
})

test('one’s own ticket is not looked for as a visitor when the session has ended', async () => {
  const { get } = await client()
  answer(401, PROBLEM)
  answer(200, ok({ token: 'visitor', account: null }))
  const path = { ticket_id: 'AB3DE5GH7K' }
  await expect(get('/tickets/{ticket_id}', { path })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
})

test('a picture is sent by browsers that know no AbortSignal.timeout', async () => {
  const { postForm } = await client()
  vi.stubGlobal('AbortSignal', {})
  const sent = vi.fn(async () => ({ status: 200, json: async () => ok({ side: 'front' }) }))
  vi.stubGlobal('fetch', sent)
  const image = { path: 'blob:1', file: new Blob(['x']) }
  const card = await postForm('/identity-card-images', { image }, { side: 'front' })
  expect([card, sent.mock.calls.length]).toEqual([{ side: 'front' }, 1])
  vi.unstubAllGlobals()
})
