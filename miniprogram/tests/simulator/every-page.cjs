// Every page of the built WeChat program on a running service: SERVICE is its address, TOKEN a
// session's token; QUERIES what pages are opened with, as JSON by path; ALLOWED a refusal that may come.
const assert = require('node:assert')
const { readFileSync } = require('node:fs')
const path = require('node:path')
const test = require('node:test')
const { BUILT, launchOn, open, refused, wx } = require('./phone.cjs')

const { SERVICE, TOKEN, QUERIES = '{}', ALLOWED } = process.env
const { pages, subPackages } = JSON.parse(readFileSync(path.join(BUILT, 'app.json'), 'utf8'))
const all = [...pages, ...subPackages.flatMap(({ root, pages: names }) => names.map((name) => `${root}/${name}`))]
const queries = JSON.parse(QUERIES)
const texts = JSON.parse(readFileSync(path.join(__dirname, '../../src/locale/zh_CN/ui.json'), 'utf8'))

// Codes of the sandbox, each for one login.
let logins = 0
wx.login = ({ success }) => success({ code: `wx-every-page~${(logins += 1)}` })

const complaints = []
for (const kind of ['error', 'warn']) console[kind] = (...parts) => complaints.push(parts.join(' '))

test('there are pages in the main package and in others', () => {
  assert.ok(pages.length > 10 && subPackages.length > 5 && all.length > 28)
})

for (const page of all) {
  test(`${page} opens`, async () => {
    complaints.length = refused.length = 0
    await launchOn(SERVICE, TOKEN)
    const text = (await open(page, queries[page])).text()
    assert.ok(text.trim().length > 10, text)
    assert.ok(!text.includes(texts['app.loading']), text)
    const refusals = refused.filter(({ code }) => code !== ALLOWED)
    assert.deepEqual({ complaints, refusals }, { complaints: [], refusals: [] })
  })
}
