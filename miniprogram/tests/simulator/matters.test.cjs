const assert = require('node:assert')
const test = require('node:test')
const { asked, drawn, launch, no, node, ok, open, storage, wait, wx } = require('./phone.cjs')

const ACCOUNT = { status: 'verified', level: 4, name: '张*', id_number: '110***********1234' }
const MATTER = {
  matter_id: 'm1',
  version: 1,
  state: 'waiting',
  kind: 'establishment',
  item_code: null,
  subject: { name: '示例科技有限公司', type: '有限责任公司', code: null },
  district: null,
  details: [{ label: '注册资本', value: '100万元' }],
  office: null,
  created_at: '2026-11-01T09:00:00+08:00',
  expires_at: '2026-12-01T09:00:00+08:00',
  lines: [
    {
      line_id: 'l1',
      role: '股东',
      on_behalf_of: null,
      state: 'pending',
      reason: 'ok',
      confirmed_by: null,
      confirmed_at: null,
      receipt: null,
    },
  ],
  digest: 'd1',
  statement: '本人已看过以上内容。',
  others: { total: 0, confirmed: 0 },
  changes: [],
  persons: null,
  needs: { ways: ['face', 'ctid'], face: 'person', signature: 'required', consents: [] },
}
const DONE = { ...MATTER, state: 'confirmed', lines: [{ ...MATTER.lines[0], state: 'confirmed' }] }
const isConfirmation = ({ url }) => url.endsWith('/confirmations')
const LOGIN = ['POST', '/api/v1/wechat/login', () => ok({ token: 'first', account: ACCOUNT })]
const OFFER = { topic: 'matter', template_id: 'template-1', waiting: 0 }

// Before the program starts: it takes the functions of WeChat that are there then.
Object.assign(wx, {
  canvasToTempFilePath: ({ canvas, success }) => {
    assert.equal(canvas, node)
    success({ tempFilePath: 'wxfile://tmp/signature.png' })
  },
  requestSubscribeMessage: ({ tmplIds, success }) => success({ [tmplIds[0]]: 'accept' }),
  requestFacialVerify: ({ verifyId, success }) => success({ errCode: verifyId === 'v1' ? 0 : 1 }),
})

test('a signature goes up in one file, after the face check of WeChat', async () => {
  await launch(
    LOGIN,
    [
      'POST',
      '/api/v1/matters/m1/challenges',
      () => ok({ challenge_id: 'c1', expires_in: 600, mode: 'wechat', verify_id: 'v1', purpose: 'matter' }),
    ],
    ['POST', '/api/v1/matters/m1/confirmations', () => ok({ ...MATTER, state: 'confirmed' })],
    ['GET', '/api/v1/matters/m1', () => ok(asked.some(isConfirmation) ? DONE : MATTER)],
    ['GET', '/api/v1/consent', () => ok({ version: '2026-11-25', title: '规则', text: '', separate: [] })],
  )
  const page = await open('pages/matters/confirm', { id: 'm1' })
  await page.tick('本人已看过以上内容')
  const touches = [
    [20, 20],
    [150, 120],
    [280, 30],
  ].map(([clientX, clientY]) => [{ clientX, clientY }])
  await page.happen('.signature-canvas--signature-touch', 'touchstart', {}, touches[0])
  for (const one of touches.slice(1)) await page.happen('.signature-canvas--signature-touch', 'touchmove', {}, one)
  await page.press('刷脸并确认')
  const sent = asked.find(isConfirmation)
  assert.deepEqual(sent.body, {
    signature: 'wxfile://tmp/signature.png',
    challenge_id: 'c1',
    digest: 'd1',
    line_ids: 'l1',
  })
  await wait()
  assert.match(page.text(), /全部人已确认/)
  assert.ok(drawn.some(([name]) => name === 'quadraticCurveTo'))
})

test('the button for messages asks WeChat with the template that was read before', async () => {
  await launch(
    LOGIN,
    ['GET', '/api/v1/matters', () => ok({ count: 0, items: [] })],
    ['GET', '/api/v1/subscriptions', () => ok({ topics: [OFFER] })],
    ['POST', '/api/v1/subscriptions', () => ok({ topic: 'matter', waiting: 1 })],
  )
  const page = await open('pages/matters/index')
  assert.match(page.text(), /现在没有等您确认的业务。/)
  await page.press('有新消息时微信提醒我')
  const sent = asked.find(({ method, url }) => method === 'POST' && url.endsWith('/subscriptions'))
  assert.deepEqual(sent.body, { topic: 'matter', template_id: 'template-1' })
  assert.match(page.text(), /有消息会在微信里提醒您一次/)
})

test('a finished face check outlives the program, and is not made again', async () => {
  const answers = [no(503, 'SERVICE_UNAVAILABLE', '系统忙。'), ok({ ...MATTER, state: 'confirmed' })]
  const unsigned = { ...MATTER, needs: { ...MATTER.needs, signature: 'off' } }
  const routes = [
    LOGIN,
    [
      'POST',
      '/api/v1/matters/m1/challenges',
      () => ok({ challenge_id: 'c2', expires_in: 600, mode: 'wechat', verify_id: 'v1', purpose: 'matter' }),
    ],
    ['POST', '/api/v1/matters/m1/confirmations', () => answers.shift()],
    ['GET', '/api/v1/matters/m1', () => ok(answers.length ? unsigned : DONE)],
    ['GET', '/api/v1/consent', () => ok({ version: '2026-11-25', title: '规则', text: '', separate: [] })],
  ]
  await launch(...routes)
  let page = await open('pages/matters/confirm', { id: 'm1' })
  await page.tick('本人已看过以上内容')
  await page.press('刷脸并确认')
  assert.match(page.text(), /系统忙/)
  // The program is killed and opened again.
  await launch(...routes)
  page = await open('pages/matters/confirm', { id: 'm1' })
  assert.equal(page.hasButton('刷脸并确认'), false)
  await page.tick('本人已看过以上内容')
  await page.press('送出确认')
  assert.deepEqual(
    asked.filter(isConfirmation).map(({ body }) => body.challenge_id),
    ['c2'],
  )
  assert.match(page.text(), /全部人已确认/)
  assert.equal(storage.has('draft:matter-check:m1'), false)
})
