const assert = require('node:assert')
const test = require('node:test')
const { asked, launch, ok, open } = require('./phone.cjs')

const login = ['POST', '/api/v1/wechat/login', () => ok({ token: 'visitor', account: null })]
const WISH = {
  division: '杭州',
  word: '红光',
  industry: '餐饮',
  industry_class: 'H62',
  form: '有限公司',
  place: 'front',
}
const PARTS = { ...WISH, name: '杭州红光餐饮有限公司', district: '' }
const FINDING = {
  level: 'refuse',
  rule: 'same.identical',
  article: '第十七条',
  part: 'name',
  against: PARTS.name,
  message: '和已有名称相同。',
  hint: '换一个字号。',
}
const PLACES = { '': ['330000', '浙江省'], 330000: ['330100', '杭州市'], 330100: ['330106', '西湖区'] }
const divisions = [
  'GET',
  '/api/v1/names/divisions',
  ({ url }) => {
    const under = new URL(url, 'https://service').searchParams.get('under') ?? ''
    const [code, name] = PLACES[under] ?? []
    return ok({ divisions: code ? [{ code, name }] : [] })
  },
]
const CHECKED = {
  candidates: [{ name: PARTS.name, parts: PARTS, findings: [FINDING], result: 'refused', frees: [], rank: 1 }],
  note: '仅供参考，不是名称预留；以名称申报系统的结果为准。',
  scope: '杭州市',
  library_date: '2026-11-30',
  not_compared: false,
  rules_version: '第1版',
}

test('a name from a link is cut, and its check is one call that says what is certain', async () => {
  await launch(
    login,
    divisions,
    ['POST', '/api/v1/names/parts', () => ok({ parts: PARTS, uncertain: [] })],
    ['POST', '/api/v1/names/check', () => ok(CHECKED)],
    ['GET', '/api/v1/catalogue/name-approval', () => ok({ online_url: null, local: null })],
  )
  const page = await open('pages/names/index', { name: encodeURIComponent(PARTS.name) })
  assert.match(page.text(), /合起来：.*杭州红光餐饮有限公司/)
  for (const field of ['省、自治区、直辖市', '市（州、区、县）', '区、县']) await page.choose(field, 0)
  await page.press('查一查')
  const sent = asked.filter(({ url }) => url.endsWith('/names/check'))
  assert.equal(sent.length, 1)
  assert.deepEqual(sent[0].body, { district: '330106', candidates: [WISH], subject: 'company', investors: [] })
  assert.match(page.text(), /这样写不能用/)
  assert.match(page.text(), /确定不行的.*和已有名称相同。.*依据：第十七条/s)
  assert.match(page.text(), /仅供参考/)
})
