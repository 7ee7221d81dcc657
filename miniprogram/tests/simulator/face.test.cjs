const assert = require('node:assert')
const test = require('node:test')
const { asked, faces, launch, no, ok, open, opened } = require('./phone.cjs')

const OFF = { enabled: false, until: null, effective: false, reason: 'off' }
const ACCOUNT = { status: 'registered', level: 3, name: '张*', id_number: '110***********1234', authorization: OFF }
const VERIFIED = { ...ACCOUNT, status: 'verified', level: 4, verified_by: 'face' }
const FACE = { key: 'face', title: '单独同意', sentence: '人脸', text: '单独同意\n人脸' }
const CONSENT = { version: '2026-11-27', title: '规则', text: '', separate: [FACE] }
const challenge = (id) => ({
  challenge_id: id,
  expires_in: 600,
  mode: 'wechat',
  verify_id: `v-${id}`,
  purpose: 'verify',
})
const COMMON = [
  ['POST', '/api/v1/wechat/login', () => ok({ token: 'first', account: ACCOUNT })],
  ['POST', '/api/v1/client-reports', () => ok({})],
  ['GET', '/api/v1/consent', () => ok(CONSENT)],
]
const sent = (path) => asked.filter(({ method, url }) => method === 'POST' && url.startsWith(`/api/v1${path}`))

const checked = () => asked.filter(({ method }) => method === 'FACE').map(({ url }) => url)

const SHOWN = {
  name: '李*',
  id_number: '110***********5678',
  phone: '138****0011',
  needs: 'phone_proof',
  delayed: false,
  challenge: null,
  ctid: null,
}
const GIVEN = {
  id: 'c1',
  way: 'face',
  name: '李*',
  phone: '138****0011',
  passed_at: '2026-11-30T10:15:00+08:00',
  state: 'counted',
  counts_at: '2026-11-30T10:15:00+08:00',
  ticket: null,
}
/** Answer the code as the service does for a WeChat whose own number is `own`, on record or not. */
const handover = (code, isOnRecord) => [
  [
    'POST',
    `/api/v1/handovers/${code}`,
    ({ body }) => {
      const isOwn = isOnRecord && (body.phone_proof || proofs.has(code))
      if (isOwn) proofs.add(code)
      const needs = isOwn || body.delayed ? null : body.phone_proof ? 'delay' : 'phone_proof'
      const opens = body.consent_version && !needs
      return ok({ ...SHOWN, needs, delayed: !isOwn && !!body.delayed, challenge: opens ? challenge('c1') : null })
    },
  ],
  ['POST', '/api/v1/wechat/phone', () => ok({ phone: '13800000011', phone_proof: 'proof' })],
]
const proofs = new Set()

test('WeChat asks for its own number before it checks the face for a browser, and opens one check', async () => {
  await launch(
    ...COMMON,
    ...handover('abc-1', true),
    ['POST', '/api/v1/face-verifications', () => ok({})],
    ['GET', '/api/v1/handed-checks', () => ok({ checks: [GIVEN] })],
  )
  faces.push(90008)
  const q = encodeURIComponent('https://dj.example.cn/m/#/pages/handover/index?code=abc-1')
  const page = await open('pages/handover/index', { q })
  assert.match(page.text(), /是您本人要刷脸吗.*李\*（110\*{11}5678）.*138\*{4}0011/)
  assert.deepEqual(
    sent('/handovers').map(({ body }) => body),
    [{}],
  )
  await page.press('是我本人，继续')
  assert.match(page.text(), /这个微信自己的手机号，就是上面登记的手机号/)
  assert.doesNotMatch(page.text(), /开始刷脸/)
  await page.give('用这个微信的手机号确认', 'getrealtimephonenumber', { code: 'phone-1' })
  assert.deepEqual(
    sent('/wechat/phone').map(({ body }) => body),
    [{ code: 'phone-1' }],
  )
  await page.tick('规则')
  await page.tick('单独同意')
  assert.deepEqual(checked(), [])
  await page.press('开始刷脸')
  assert.match(page.text(), /没有打开相机或麦克风权限/)
  assert.deepEqual(sent('/client-reports')[0].body, { kind: 'face', step: 'face.permission', detail: '90008 fail' })
  // What the phone did not finish goes on with the same check.
  await page.press('开始刷脸')
  assert.deepEqual(checked(), ['v-c1', 'v-c1'])
  assert.deepEqual(
    sent('/handovers').map(({ body }) => body),
    [{}, { phone_proof: 'proof' }, { consent_version: '2026-11-27', delayed: false }],
  )
  assert.deepEqual(
    sent('/face-verifications').map(({ body }) => body),
    [{ challenge_id: 'c1' }],
  )
  assert.match(page.text(), /核验通过，已经生效.*李\*.*138\*{4}0011.*请回到刚才的浏览器/)
})

test('with another number the user chooses what counts later, and may say at once that it is not his', async () => {
  const waits = { ...GIVEN, state: 'waiting', counts_at: '2026-12-01T10:15:00+08:00' }
  await launch(
    ...COMMON,
    ...handover('abc-2', false),
    ['POST', '/api/v1/face-verifications', () => ok({})],
    ['GET', '/api/v1/handed-checks', () => ok({ checks: [waits] })],
    ['POST', '/api/v1/handed-checks/c1/disputes', () => ok({ id: 'T234567892' })],
  )
  const page = await open('pages/handover/index', { code: 'abc-2' })
  await page.press('是我本人，继续')
  await page.give('用这个微信的手机号确认', 'getrealtimephonenumber', { errMsg: 'getPhoneNumber:fail user deny' })
  assert.match(page.text(), /您没有允许/)
  await page.give('用这个微信的手机号确认', 'getrealtimephonenumber', { code: 'phone-2' })
  assert.match(page.text(), /登记的手机号不是这个微信的.*请停下来/)
  assert.doesNotMatch(page.text(), /开始刷脸/)
  await page.press('刷脸，24小时后生效')
  assert.match(page.text(), /通过后24小时才生效/)
  await page.tick('规则')
  await page.tick('单独同意')
  await page.press('开始刷脸')
  assert.deepEqual(
    sent('/handovers')
      .map(({ body }) => body)
      .at(-1),
    { consent_version: '2026-11-27', delayed: true },
  )
  assert.match(page.text(), /核验通过，24小时后生效.*12月1日 10:15生效/)
  await page.press('不是我')
  assert.deepEqual(sent('/handed-checks'), [])
  await page.press('不是我的账号')
  assert.equal(sent('/handed-checks/c1/disputes').length, 1)
  assert.deepEqual(opened, ['/pages/tickets/index?id=T234567892'])
})

test('a borrowed WeChat goes on without a number, after a face that did not match with another check', async () => {
  const answers = [no(422, 'FACE_MISMATCH', '人脸比对未通过。'), ok({})]
  await launch(
    ...COMMON,
    ...handover('abc-3', false),
    ['POST', '/api/v1/face-verifications', () => answers.shift()],
    ['GET', '/api/v1/handed-checks', () => ok({ checks: [GIVEN] })],
  )
  const page = await open('pages/handover/index', { code: 'abc-3' })
  await page.press('是我本人，继续')
  await page.press('这个微信不是登记的手机号')
  await page.press('刷脸，24小时后生效')
  await page.tick('规则')
  await page.tick('单独同意')
  await page.press('开始刷脸')
  assert.match(page.text(), /人脸比对未通过/)
  await page.press('开始刷脸')
  assert.equal(sent('/handovers').filter(({ body }) => body.consent_version).length, 2)
  assert.deepEqual(sent('/wechat/phone'), [])
  assert.match(page.text(), /核验通过/)
})

test('an open dispute leaves the window', async () => {
  await launch(...COMMON, ['POST', '/api/v1/handovers/abc-4', () => ok({ ...SHOWN, needs: 'window' })])
  const page = await open('pages/handover/index', { code: 'abc-4' })
  await page.press('是我本人，继续')
  assert.match(page.text(), /这个身份有冒名申请，还没处理完/)
  assert.doesNotMatch(page.text(), /24小时后生效/)
  await page.press('查看窗口')
  assert.deepEqual(opened, ['/pages/windows/index'])
})

test('the first page tells of a check until its user has said whose account it is', async () => {
  const recent = { ...GIVEN, id: 'c9', passed_at: new Date().toISOString() }
  await launch(
    ...COMMON,
    ['GET', '/api/v1/account', () => ok(ACCOUNT)],
    ['GET', '/api/v1/announcements', () => ok({ announcements: [], outages: [] })],
    ['GET', '/api/v1/matters', () => ok({ count: 0, items: [] })],
    ['GET', '/api/v1/tickets', () => ok({ tickets: [] })],
    ['GET', '/api/v1/handed-checks', () => ok({ checks: [recent] })],
  )
  const home = await open('pages/home/index')
  assert.match(home.text(), /核验通过，已经生效.*李\*.*138\*{4}0011/)
  await home.press('是我的，知道了')
  assert.doesNotMatch(home.text(), /核验通过，已经生效/)
  assert.doesNotMatch((await open('pages/home/index')).text(), /核验通过，已经生效/)
  // The page without a code goes on listing it.
  assert.match((await open('pages/handover/index')).text(), /核验通过，已经生效.*李\*/)
})

test('a code that is used up leads back to the browser', async () => {
  await launch(...COMMON, ['POST', '/api/v1/handovers/old', () => no(404, 'NOT_FOUND', '没有找到这条内容。')])
  const page = await open('pages/handover/index', { code: 'old' })
  assert.match(page.text(), /没有找到这条内容.*请回到浏览器点“换一个二维码”/)
})

test('an account that is verified by now leads back to the browser, without another code', async () => {
  await launch(...COMMON, [
    'POST',
    '/api/v1/handovers/late',
    ({ body }) =>
      body.consent_version ? no(409, 'ALREADY_VERIFIED', '这个账号已通过核验。') : ok({ ...SHOWN, needs: null }),
  ])
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
    [
      'GET',
      '/api/v1/account/consents',
      () => ok({ consents: [{ key: 'face', version: '2026-11-27', withdrawn_at: null }] }),
    ],
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
  id: 'T1',
  kind: 'identity_dispute',
  state: 'open',
  created_at: '2026-11-27T09:00:00+08:00',
  due_at: '2026-12-01T17:00:00+08:00',
  owner: 'centre',
  district: null,
  description: '',
  reason: null,
  next_step: '',
  closed_at: null,
  evidence: 0,
  actions: [],
  history: [],
}

test('a consent whose text has changed is asked again, then the face check begins', async () => {
  let version = '2026-11-27'
  await launch(
    ...COMMON.slice(0, 2),
    ['GET', '/api/v1/consent', () => ok({ ...CONSENT, version })],
    ['GET', '/api/v1/tickets/T1', () => ok(TICKET)],
    ['GET', '/api/v1/subscriptions', () => ok({ topics: [] })],
    [
      'POST',
      '/api/v1/tickets/T1/face-challenges',
      ({ body }) =>
        body.consent_version === '2026-12-01' ? ok(challenge('c4')) : no(409, 'CONSENT_OUTDATED', '规则已更新。'),
    ],
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
  assert.deepEqual(
    sent('/tickets/T1/face-verifications').map(({ body }) => body),
    [{ challenge_id: 'c4' }],
  )
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
  assert.deepEqual(
    sent('/face-challenges').map(({ body }) => body),
    [{ name: '张三', id_number: '110101199003079914', consent_version: '2026-11-27' }],
  )
  const login = { login: 'zhangsan', password: 'geheim2026', bind: true }
  assert.deepEqual(
    sent('/sessions').map(({ body }) => body),
    [login, login],
  )
})

test('a face and a new phone open the reset where the phone on record is dead', async () => {
  await launch(
    ...COMMON,
    ['POST', '/api/v1/face-challenges', () => ok(challenge('c6'))],
    ['POST', '/api/v1/face-verifications', () => ok({})],
    ['POST', '/api/v1/password-resets', () => ok({ token: 'reset', expires_in: 600 })],
  )
  const page = await open('pages/password-reset/index')
  await page.press('这个手机号不用了，刷脸换新号')
  await page.fill('姓名', '张三')
  await page.fill('身份证号', '110101199003079914')
  await page.tick('规则')
  await page.tick('单独同意')
  await page.press('开始刷脸')
  assert.match(page.text(), /刷脸通过，是您本人/)
  await page.fill('新手机号', '13900139001')
  await page.fill('短信验证码', '271828')
  await page.press('下一步')
  const person = { name: '张三', id_number: '110101199003079914' }
  assert.deepEqual(
    sent('/face-challenges').map(({ body }) => body),
    [{ ...person, purpose: 'reset', consent_version: '2026-11-27' }],
  )
  assert.deepEqual(
    sent('/password-resets').map(({ body }) => body),
    [{ ...person, phone: '13900139001', challenge_id: 'c6', sms_code: '271828' }],
  )
  assert.match(page.text(), /新密码/)
})

test('a face and a new phone take the place of the code of an activation whose phone is dead', async () => {
  const started = { activation_token: 'act-1', expires_in: 1800, phone_hint: '138****0011' }
  await launch(
    ...COMMON,
    ['POST', '/api/v1/activations/act-1/face', () => ok({ needs_dates: true })],
    ['POST', '/api/v1/activations', () => ok(started)],
    ['POST', '/api/v1/face-challenges', () => ok(challenge('c7'))],
    ['POST', '/api/v1/face-verifications', () => ok({})],
  )
  const page = await open('pages/activation/index')
  await page.fill('身份证号', '110101199003079914')
  await page.press('下一步')
  await page.press('这个手机号不用了，刷脸换新号')
  // The number was typed in the first step.
  await page.fill('姓名', '张三')
  await page.tick('规则')
  await page.tick('单独同意')
  await page.press('开始刷脸')
  assert.deepEqual(checked(), ['v-c7'])
  assert.deepEqual(
    sent('/face-challenges').map(({ body }) => body),
    [{ name: '张三', id_number: '110101199003079914', purpose: 'activate', consent_version: '2026-11-27' }],
  )
  await page.fill('新手机号', '13900139001')
  await page.fill('短信验证码', '271828')
  await page.press('下一步')
  assert.deepEqual(
    sent('/activations/act-1/face').map(({ body }) => body),
    [{ challenge_id: 'c7', phone: '13900139001', sms_code: '271828' }],
  )
  assert.deepEqual(sent('/activations/act-1/phone'), [])
  // The record lacks the dates of the card.
  assert.match(page.text(), /设一个密码/)
  assert.match(page.text(), /登记里没有证件有效期，请照证件填写/)
})
