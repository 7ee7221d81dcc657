const assert = require('node:assert')
const test = require('node:test')
const { asked, launch, no, ok, open, opened, storage } = require('./phone.cjs')

const ACCOUNT = { status: 'registered', level: 3, name: '张*', id_number: '110***********1234' }
const PERSON = {
  name: '张三',
  id_number: '110101199003079914',
  valid_from: '2024-06-03',
  valid_until: '2044-06-03',
}
const login = ['POST', '/api/v1/wechat/login', () => ok({ token: 'visitor', account: null })]
const CONSENT = {
  version: '2026-11-30',
  title: '规则',
  text: '规则的全文',
  separate: [
    {
      key: 'identity',
      title: '已阅读告知：核验我的身份',
      sentence: '依照法律核对。',
      text: '已阅读告知：核验我的身份\n依照法律核对。',
    },
  ],
}

test('a person registers with WeChat’s own number and needs no SMS', async () => {
  storage.clear()
  await launch(
    login,
    ['POST', '/api/v1/identity-checks', () => ok({ normalised: PERSON, warnings: [] })],
    ['POST', '/api/v1/wechat/phone', () => ok({ phone: '13800138001', phone_proof: 'proof' })],
    ['GET', '/api/v1/consent', () => ok(CONSENT)],
    [
      'POST',
      '/api/v1/registrations',
      () => ok({ token: 'registered', expires_in: 7200, account: ACCOUNT, normalised: PERSON }),
    ],
  )
  const page = await open('pages/register/index')
  await page.fill('姓名', PERSON.name)
  await page.fill('身份证号', PERSON.id_number)
  await page.fill('证件有效期起始日期', PERSON.valid_from)
  await page.fill('证件有效期结束日期', PERSON.valid_until)
  await page.press('下一步')
  await page.give('用微信手机号验证', 'getphonenumber', { code: 'phone-code' })
  await page.press('下一步')
  await page.fill('设一个密码', 'geheim2026')
  await page.tick('我已阅读并同意')
  assert.match(page.text(), /处理者：示例省登记机关，示例路1号，电话010-00000000/)
  await page.tick('已阅读告知')
  await page.press('提交注册')
  const sent = asked.filter(({ url }) => url.endsWith('/registrations'))
  assert.equal(sent.length, 1)
  assert.deepEqual(sent[0].body, {
    ...PERSON,
    phone: '13800138001',
    username: null,
    password: 'geheim2026',
    phone_proof: 'proof',
    consent_version: '2026-11-30',
    separate_consents: ['identity'],
    confirmed_warnings: [],
    bind: true,
  })
  assert.equal(storage.get('token'), 'registered')
  assert.match(page.text(), /注册成功/)
})

test('the foot names the processor, its address, phone and officer, and the filing', async () => {
  storage.clear()
  await launch(login)
  for (const path of ['pages/home/index', 'pages/register/index', 'pages/account/index']) {
    const page = await open(path)
    const text = page.text()
    for (const part of [
      '主办：示例省登记机关',
      '地址：示例路1号',
      '个人信息保护负责人：张主任',
      '010-00000000',
      '示例备案号',
    ])
      assert.ok(text.includes(part), `${path}: no ${part} in ${text}`)
  }
  const page = await open('pages/home/index')
  await page.press('个人信息与权利')
  assert.equal(opened.at(-1), '/pages/privacy/index')
})

test('the privacy page shows grounds, receivers and the pages of each right', async () => {
  storage.clear()
  const row = {
    key: 'IDENTITY',
    what: '姓名、身份证号码',
    purpose: '核验身份',
    ground: 'statute',
    basis: '法定的实名核验',
    source: '实施细则第十六条',
    withdrawal: null,
    period: '到注销为止',
    receivers: ['微信', '登记业务系统'],
  }
  const face = { ...row, key: 'FACE', ground: 'consent', basis: '单独同意', withdrawal: '在“我的同意”里撤回' }
  await launch(login, [
    'GET',
    '/api/v1/privacy',
    () =>
      ok({
        version: '2026-12-01',
        processor: { name: '示例省登记机关', address: '示例路1号', phone: '010', data_protection_officer: '张主任' },
        data: [face, row],
        receivers: [
          {
            key: 'registrars',
            name: '登记业务系统',
            company: '各登记机关',
            contact: '电话010',
            what: '查询',
            systems: ['省企业开办系统'],
          },
        ],
        rights: [
          {
            key: 'copy',
            title: '复制',
            how: '在“我的资料”里申请',
            source: '第四十五条',
            ways: [{ label: '我的资料', page: 'pages/account/export' }],
          },
        ],
      }),
  ])
  const page = await open('pages/privacy/index')
  assert.match(page.text(), /处理者：示例省登记机关.*复制.*我的资料.*法定的实名核验法律规定.*单独同意您的同意/)
  assert.match(page.text(), /怎样撤回：在“我的同意”里撤回/)
  assert.match(page.text(), /现在使用的系统省企业开办系统/)
  await page.happen('link-row wx-view', 'tap')
  assert.equal(opened.at(-1), '/pages/account/export')
})

test('the bot answers with its diagnosis first, and its buttons lead on', async () => {
  storage.clear()
  const said = {
    conversation_id: 'c',
    message_id: 'm',
    kind: 'answer',
    case: 2,
    slug: 'segment_199',
    title: '199号段手机号暂不支持',
    answer: '请换一个手机号。',
    steps: ['换一个号段。'],
    answer_html: '',
    steps_html: [],
    images: [],
    image_texts: [],
    confidence: 0.9,
    diagnosis: [{ code: 'range', message: '199号段还没有开通。', severity: 'block', data: {} }],
    actions: [{ type: 'page', label: '换号注册', page: 'pages/register/index' }],
    related: [],
    options: [],
    version: 1,
  }
  await launch(
    login,
    ['POST', '/api/v1/faq/ask', () => ok(said)],
    ['GET', '/api/v1/faq/suggestions', () => ok({ version: 1, suggestions: [] })],
  )
  const page = await open('pages/chat/index')
  await page.happen('ask-box wx-input', 'input', { value: '199收不到' })
  await page.happen('ask-box wx-input', 'confirm', { value: '199收不到' })
  const sent = asked.filter(({ url }) => url.endsWith('/faq/ask'))
  assert.deepEqual(
    sent.map(({ body }) => body.question),
    ['199收不到'],
  )
  assert.match(page.text(), /199号段还没有开通。.*199号段手机号暂不支持.*换一个号段。/)
  await page.press('换号注册')
  assert.deepEqual(opened, ['/pages/register/index'])
})

test('a picture is added to a ticket, and again under the same key after a lost answer', async () => {
  storage.clear()
  const ticket = {
    id: 'AB3DE5GH7K',
    kind: 'complaint',
    state: 'open',
    created_at: '2026-11-27T09:00:00+08:00',
    due_at: '2026-12-01T17:00:00+08:00',
    owner: 'centre',
    district: null,
    description: '不能注册',
    reason: null,
    next_step: '',
    closed_at: null,
    evidence: 0,
    actions: [],
    history: [],
  }
  const answers = [{ errMsg: 'uploadFile:fail' }, ok({ ...ticket, evidence: 1 })]
  const withdrawals = [no(503, 'SERVICE_UNAVAILABLE', '系统忙。'), ok({ ...ticket, state: 'withdrawn' })]
  await launch(
    login,
    ['GET', '/api/v1/tickets/AB3DE5GH7K', () => ok(ticket)],
    ['POST', '/api/v1/tickets/AB3DE5GH7K/evidence', () => answers.shift()],
    ['DELETE', '/api/v1/tickets/AB3DE5GH7K', () => withdrawals.shift()],
    ['GET', '/api/v1/subscriptions', () => ok({ topics: [] })],
  )
  const page = await open('pages/tickets/index', { id: 'AB3DE5GH7K' })
  await page.press('添加照片')
  await page.press('提交这1张照片')
  await page.press('提交这1张照片')
  const sent = asked.filter(({ url }) => url.endsWith('/evidence'))
  assert.deepEqual(
    sent.map(({ body }) => body.image),
    Array(2).fill('wxfile://tmp/picture.png'),
  )
  assert.equal(sent[0].header['Idempotency-Key'], sent[1].header['Idempotency-Key'])
  assert.match(page.text(), /已交照片1张/)
  await page.press('撤回申请')
  await page.press('确定撤回')
  assert.match(page.text(), /系统忙/)
  await page.press('再试一次')
  assert.match(page.text(), /已撤回/)
})
