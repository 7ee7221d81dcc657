const assert = require('node:assert')
const test = require('node:test')
const { asked, launch, no, ok, open, scrolls, storage } = require('./phone.cjs')

const login = ['POST', '/api/v1/wechat/login', () => ok({ token: 'visitor', account: null })]

test('a login that WeChat itself refuses is told, and asked for again', async () => {
  const { login: works } = wx
  wx.login = ({ fail }) => fail({ errMsg: 'login:fail' })
  await launch(login)
  const page = await open('pages/account/index')
  assert.match(page.text(), /网络连接失败/)
  wx.login = works
  await page.press('再试一次')
  assert.match(page.text(), /请先登录您的账号/)
})

test('the state of a code is reset when the number changes', async () => {
  storage.set('draft:register', { at: Date.now(), values: { step: 2, phone: '13800138001' } })
  const sent = { expires_in: 600, resend_after: 60, remaining: { hour: 2, day: 4 } }
  await launch(login, ['POST', '/api/v1/sms-codes', () => ok(sent)])
  const page = await open('pages/register/index')
  await page.press('获取验证码')
  assert.match(page.text(), /13800138001/)
  await page.fill('手机号', '13900139001')
  assert.doesNotMatch(page.text(), /1[38]900139001|13800138001/)
  await page.press('获取验证码')
  const phones = asked.filter(({ url }) => url.endsWith('/sms-codes')).map(({ body }) => body.phone)
  assert.deepEqual(phones, ['13800138001', '13900139001'])
})

test('a wrong field inside components is found and read out', async () => {
  const fields = [{ field: 'id_number', code: 'length', message: '您填了12位' }]
  await launch(login, ['POST', '/api/v1/identity-checks', () => no(422, 'VALIDATION_FAILED', '请改正。', { fields })])
  storage.clear()
  const page = await open('pages/register/index')
  await page.press('下一步')
  assert.match(page.find(scrolls.at(-1)).textContent, /^身份证号.*您填了12位/)
})
