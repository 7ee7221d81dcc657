const assert = require('node:assert')
const test = require('node:test')
const { asked, faces, launch, no, ok, open, opened } = require('./phone.cjs')

const OFF = { enabled: false, until: null, effective: false, reason: 'off' }
const ACCOUNT = { status: 'registered', level: 3, name: '张*', id_number: '110***********1234', authorization: OFF }
const VERIFIED = { ...ACCOUNT, status: 'verified', level: 4, verified_by: 'face' }
const CONSENT = { version: '2026-11-27', title: '规则', text: '', separate: [{ key: 'face', text: '单独同意\n人脸' }] }
const challenge = (id) => ({ challenge_id: id, expires_in: 600, mode: 'wechat', verify_id: `v-${id}`, purpose: 'verify' })
const COMMON = [
  ['POST', '/api/v1/wechat/login', () => ok({ token: 'first', account: ACCOUNT })],
  ['POST', '/api/v1/client-reports', () => ok({})],
  ['GET', '/api/v1/consent', () => ok(CONSENT)],
]
const sent = (path) => asked.filter(({ method, url }) => method === 'POST' && url.startsWith(`/api/v1${path}`))

const checked = () => asked.filter(({ method }) => method === 'FACE').map(({ url }) => url)

test('WeChat asks before it checks the face for a browser, and opens one check', async () => {
  const shown = { name: '李*', id_number: '110***********5678', phone: '138****0011', challenge: null }
  await launch(
    ...COMMON,
    ['POST', '/api/v1/handovers/abc-1', ({ body }) =>
      ok(body.consent_version ? { ...shown, challenge: challenge('c1') } : shown)],
    ['POST', '/api/v1/face-verifications', () => ok({})],
  )
  faces.push(90008)
  const q = encodeURIComponent('https://dj.example.cn/m/#/pages/handover/index?code=abc-1')
  const page = await open('pages/handover/index', { q })
  assert.match(page.text(), /是您本人要刷脸吗.*李\*（110\*{11}5678）.*138\*{4}0011/)
  assert.deepEqual(sent('/handovers').map(({ body }) => body), [{}])
  await page.press('是我本人，继续')
  await page.tick('规则')
  await page.tick('单独同意')
  assert.deepEqual(checked(), [])
  await page.press('开始刷脸')
  assert.match(page.text(), /没有打开相机或麦克风权限/)
  assert.deepEqual(sent('/client-reports')[0].body, { kind: 'face', step: 'face.permission', detail: '90008 fail' })
  // What the phone did not finish goes on with the same check.
  await page.press('开始刷脸')
  assert.deepEqual(checked(), ['v-c1', 'v-c1'])
  assert.deepEqual(sent('/handovers').map(({ body }) => body), [{}, { consent_version: '2026-11-27' }])
  assert.deepEqual(sent('/face-verifications').map(({ body }) => body), [{ challenge_id: 'c1' }])
  assert.match(page.text(), /刷脸通过.*请回到刚才的浏览器/)
})

test('a code that is used up leads back to the browser', async () => {
  await launch(...COMMON, ['POST', '/api/v1/handovers/old', () => no(404, 'NOT_FOUND', '没有找到这条内容。')])
  const page = await open('pages/handover/index', { code: 'old' })
  assert.match(page.text(), /没有找到这条内容.*请回到浏览器点“换一个二维码”/)
})

test('an account that is verified by now leads back to the browser, without another code', async () => {
  const shown = { name: '李*', id_number: '110***********5678', phone: null, challenge: null }
  await launch(...COMMON, ['POST', '/api/v1/handovers/late', ({ body }) =>
    body.consent_version ? no(409, 'ALREADY_VERIFIED', '这个账号已通过核验。') : ok(shown)])
  const page = await open('pages/handover/index', { code: 'late' })
  await page.press('是我本人，继续')
  await page.tick('规则')
  await page.tick('单独同意')
  await page.press('开始刷脸')
  assert.match(page.text(), /这个账号已通过核验.*请回到刚才的浏览器，那边会自动更新/)
  assert.doesNotMatch(page.text(), /开始刷脸|换一个二维码/)
})

test('the scanner opens the program at another page of the browser', async () => {
  await launch(...COMMON)
  await open('pages/handover/index', {
    q: encodeURIComponent('https://dj.example.cn/m/#/pages/matters/confirm?id=7'),
  })
  assert.deepEqual(opened, ['/pages/matters/confirm?id=7'])
})

test('a face that did not match begins another check, and a passed one leads on', async () => {
  const answers = [no(422, 'FACE_MISMATCH', '人脸比对未通过。'), ok(VERIFIED)]
  const ids = ['c2', 'c3']
  await launch(
    ...COMMON,
    ['GET', '/api/v1/account/consents', () => ok({ consents: [{ key: 'face', version: '2026-11-27', withdrawn_at: null }] })],
    ['GET', '/api/v1/account', () => ok(ACCOUNT)],
    ['GET', '/api/v1/matters', () => ok({ count: 1, items: [{ todo: true }] })],
    ['GET', '/api/v1/tickets', () => ok({ tickets: [] })],
    ['POST', '/api/v1/face-challenges', () => ok(challenge(ids.shift()))],
    ['POST', '/api/v1/face-verifications', () => answers.shift()],
  )
  const page = await open('pages/face/index')
  await page.press('开始刷脸')
  assert.match(page.text(), /人脸比对未通过/)
  await page.press('开始刷脸')
  assert.deepEqual(checked(), ['v-c2', 'v-c3'])
  assert.match(page.text(), /您已通过核验.*有1项登记业务等您本人看过并确认/)
  await page.press('去看看')
  assert.deepEqual(opened, ['/pages/matters/index'])
})

const TICKET = {
  id: 'T1', kind: 'identity_dispute', state: 'open', created_at: '2026-11-27T09:00:00+08:00',
  due_at: '2026-12-01T17:00:00+08:00', owner: 'centre', district: null, description: '', reason: null,
  next_step: '', closed_at: null, evidence: 0, actions: [], history: [],
}

test('a consent whose text has changed is asked again, then the face check begins', async () => {
  let version = '2026-11-27'
  await launch(
    ...COMMON.slice(0, 2),
    ['GET', '/api/v1/consent', () => ok({ ...CONSENT, version })],
    ['GET', '/api/v1/tickets/T1', () => ok(TICKET)],
    ['GET', '/api/v1/subscriptions', () => ok({ topics: [] })],
    ['POST', '/api/v1/tickets/T1/face-challenges', ({ body }) =>
      body.consent_version === '2026-12-01' ? ok(challenge('c4')) : no(409, 'CONSENT_OUTDATED', '规则已更新。')],
    ['POST', '/api/v1/tickets/T1/face-verifications', () => ok({ ...TICKET, state: 'with_centre' })],
  )
  const page = await open('pages/tickets/index', { id: 'T1' })
  await page.tick('规则')
  await page.tick('单独同意')
  version = '2026-12-01'
  await page.press('开始刷脸')
  assert.match(page.text(), /规则已更新/)
  assert.deepEqual(checked(), [])
  await page.tick('2026-12-01')
  await page.tick('单独同意')
  await page.press('开始刷脸')
  assert.deepEqual(checked(), ['v-c4'])
  assert.deepEqual(sent('/tickets/T1/face-verifications').map(({ body }) => body), [{ challenge_id: 'c4' }])
})

test('a locked account opens by the face of its holder, then the login goes on', async () => {
  const locked = no(423, 'ACCOUNT_LOCKED', '请用短信验证码登录。', { needs_code: true, retry_after: 80000 })
  const answers = [locked, ok({ token: 'third', expires_in: 7200, account: ACCOUNT })]
  await launch(
    ...COMMON,
    ['POST', '/api/v1/sessions', () => answers.shift()],
    ['POST', '/api/v1/face-challenges', () => ok(challenge('c5'))],
    ['POST', '/api/v1/face-verifications', () => ok({})],
  )
  const page = await open('pages/sign-in/index')
  await page.fill('身份证号、手机号', 'zhangsan')
  await page.fill('密码', 'geheim2026')
  await page.press('登录')
  assert.doesNotMatch(page.text(), /后可再试/)
  await page.press('收不了验证码，本人刷脸解锁')
  await page.fill('姓名', '张三')
  await page.fill('身份证号', '110101199003079914')
  await page.tick('规则')
  await page.tick('单独同意')
  await page.press('开始刷脸')
  assert.deepEqual(sent('/face-challenges').map(({ body }) => body), [
    { name: '张三', id_number: '110101199003079914', consent_version: '2026-11-27' },
  ])
  const login = { login: 'zhangsan', password: 'geheim2026', bind: true }
  assert.deepEqual(sent('/sessions').map(({ body }) => body), [login, login])
})
