const assert = require('node:assert')
const test = require('node:test')
const { asked, launch, no, ok, open, opened, storage } = require('./phone.cjs')

const ACCOUNT = { status: 'registered', level: 3, name: '张*', id_number: '110***********1234' }
const login = (token, account = null) => ['POST', '/api/v1/wechat/login', () => ok({ token, account })]
const help = {
  case: 8,
  slug: 'wrong-password',
  title: '密码错误',
  steps: ['请用短信验证码重置密码。'],
  actions: [{ type: 'page', label: '重置密码', page: 'pages/password-reset/index' }],
}

test('a refusal shows its waiting time, its steps and a button that leads on', async () => {
  await launch(login('first'), [
    'POST',
    '/api/v1/sessions',
    () => no(423, 'ACCOUNT_LOCKED', '密码错误次数过多。', { retry_after: 50 }, help),
  ])
  const page = await open('pages/sign-in/index')
  await page.fill('身份证号', 'zhangsan')
  await page.fill('密码', 'geheim2026')
  const before = asked.length
  await page.press('登录')
  assert.equal(asked.length - before, 1)
  const sent = asked.at(-1)
  assert.deepEqual(sent.body, { login: 'zhangsan', password: 'geheim2026', bind: true })
  assert.match(sent.header['Idempotency-Key'], /^[0-9a-f]{32}$/)
  assert.match(page.text(), /密码错误次数过多。.*请用短信验证码重置密码。.*50秒后可再试/)
  await page.press('重置密码')
  assert.deepEqual(opened, ['/pages/password-reset/index'])
})

test('a lost token is renewed once, and the call is made again', async () => {
  storage.set('draft:sign-in', { at: Date.now(), values: { login: 'lisi' } })
  const answers = [
    no(401, 'UNAUTHENTICATED', '请重新登录。'),
    ok({ token: 'third', expires_in: 7200, account: ACCOUNT }),
  ]
  await launch(login('second'), ['POST', '/api/v1/sessions', () => answers.shift()])
  const page = await open('pages/sign-in/index')
  await page.fill('密码', 'geheim2026')
  await page.press('登录')
  const [refused, again, renewed] = ['/sessions', '/sessions', '/wechat/login'].map(
    (path, index) => asked.filter(({ url }) => url.endsWith(path))[index === 1 ? 1 : 0],
  )
  assert.equal(again.header.Authorization, 'Bearer second')
  assert.equal(again.header['Idempotency-Key'], refused.header['Idempotency-Key'])
  assert.equal(asked.filter(({ url }) => url === renewed.url).length, 1)
  assert.equal(storage.get('token'), 'third')
  assert.equal(storage.has('draft:sign-in'), false)
})

test('signing out ends the binding, or the next login would sign in again', async () => {
  const account = { ...ACCOUNT, bound: true, authorization: { reason: 'off' } }
  let isBound = true
  const endings = [() => no(503, 'SERVICE_UNAVAILABLE', '系统忙。'), () => ok({ ...account, bound: (isBound = false) })]
  storage.clear()
  await launch(
    ['POST', '/api/v1/wechat/login', () => ok({ token: 'wechat', account: isBound ? account : null })],
    ['GET', '/api/v1/account', () => ok(account)],
    ['DELETE', '/api/v1/account/wechat', () => endings.shift()()],
    ['DELETE', '/api/v1/sessions/current', () => ok({})],
  )
  const page = await open('pages/account/index')
  await page.press('退出登录')
  assert.match(page.text(), /退出会同时解除微信绑定，点过的微信提醒也会取消/)
  await page.press('退出，并清除这部手机上填过的内容')
  assert.match(page.text(), /系统忙/)
  // What was refused is not offered when the question comes anew.
  await page.press('取消')
  await page.press('退出登录')
  assert.doesNotMatch(page.text(), /系统忙/)
  await page.press('退出登录')
  assert.deepEqual(
    asked.filter(({ method }) => method === 'DELETE').map(({ url }) => url),
    ['/api/v1/account/wechat', '/api/v1/account/wechat', '/api/v1/sessions/current'],
  )
  assert.deepEqual(opened, ['/pages/home/index'])
})
