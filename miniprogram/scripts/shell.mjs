// Lay home's first view into the built index.html, so that it shows before the program runs, with
// shell/start.js; and write worker.js, which keeps the built files on the phone.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { render } from './render.mjs'

const BASE = '/m/'
const HOME = 'pages/home/index'
const ENROLMENT = ['pages/register/index', 'pages/sign-in/index', 'pages/activation/index']
const built = (name) => new URL(`../dist/build/h5/${name}`, import.meta.url)
const source = (name) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')
const digest = (content) => createHash('sha256').update(content).digest('hex')

const manifest = JSON.parse(readFileSync(built('.vite/manifest.json'), 'utf8'))
const titles = JSON.parse(source('src/locale/titles.json'))
const textsOf = (room) => JSON.parse(source(`src/locale/zh_CN/${room}.json`))
const texts = { ...textsOf('ui'), ...textsOf('refusal') }
const entry = manifest['index.html']

/** Return the files of a page beyond the entry's. */
function chunksOf(page) {
  const found = new Set()
  const add = (name) => {
    const chunk = manifest[name]
    if (chunk === entry || found.has(BASE + chunk.file)) return
    found.add(BASE + chunk.file)
    for (const imported of chunk.imports ?? []) add(imported)
  }
  add(`src/${page}.vue`)
  return [...found]
}

const given = {
  version: JSON.parse(source('package.json')).version,
  home: HOME,
  titles,
  chunks: Object.fromEntries(
    Object.keys(titles)
      .filter((page) => page !== HOME)
      .map((page) => [page, chunksOf(page)]),
  ),
  enrolment: ENROLMENT,
  loading: texts['app.loading'],
  offline: texts['failure.offlineNow'],
  retry: texts['app.retry'],
}
const script = source('shell/start.js').replace('__GIVEN__', () => JSON.stringify(given))
const file = `assets/start-${digest(script).slice(0, 8)}.js`
writeFileSync(built(file), script)

// The content security policy forbids styles in attributes; start.js sets the scale of type.
const view = (await render(`/src/${HOME}.vue`, HOME))
  .replaceAll(' style="display:none;"', ' hidden')
  .replace(/ style="[^"]*"/g, '')
const html = readFileSync(built('index.html'), 'utf8')
  .replace(/\s*<!--preload-links-->/, '')
  .replace('<body>', () => `<body>\n    <div id="shell" hidden>${view}</div>`)
  .replace('</body>', () => `  <script src="${BASE}${file}"></script>\n  </body>`)
writeFileSync(built('index.html'), html)

rmSync(built('.vite'), { recursive: true })
const files = readdirSync(built('assets')).map((name) => `${BASE}assets/${name}`)
const release = { version: digest(html + files.join()).slice(0, 12), start: BASE, startDigest: digest(html), files }
writeFileSync(
  built('worker.js'),
  source('shell/worker.js').replace('__RELEASE__', () => JSON.stringify(release)),
)
