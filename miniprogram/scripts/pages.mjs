// Make src/pages.json and src/locale/titles.json from the service's list of pages; with --check fail
// when they are stale.
import { existsSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { made } from './made.mjs'

const here = (path) => new URL(path, import.meta.url)
const LIST = here('../../miniprogram_api/texts/pages.yaml')

// Everything that a new user passes through is in the main package; the rest is fetched when opened.
const SUB_PACKAGES = ['account', 'privacy', 'matters', 'catalogue', 'names', 'tickets', 'windows', 'announcements']

const titles = parse(readFileSync(LIST, 'utf8'))
const room = (path) => path.split('/')[0]
const page = (path, title) => ({ path, style: { navigationBarTitleText: title } })
const entries = Object.entries(titles)

const absent = entries.filter(([path]) => !existsSync(here(`../src/pages/${path}.vue`)))
if (absent.length) throw new Error(`no such page: ${absent.map(([path]) => path).join(', ')}`)

const json = {
  pages: entries
    .filter(([path]) => !SUB_PACKAGES.includes(room(path)))
    .map(([path, title]) => page(`pages/${path}`, title)),
  subPackages: SUB_PACKAGES.map((name) => ({
    root: `pages/${name}`,
    pages: entries
      .filter(([path]) => room(path) === name)
      .map(([path, title]) => page(path.slice(name.length + 1), title)),
  })),
  // WeChat fetches these while home is read.
  preloadRule: { 'pages/home/index': { network: 'all', packages: ['pages/matters', 'pages/account'] } },
  globalStyle: {
    navigationBarTextStyle: '@navTxt',
    navigationBarBackgroundColor: '@navBg',
    backgroundColor: '@bg',
    backgroundTextStyle: '@bgTxt',
    h5: { navigationStyle: 'custom' },
  },
}
const named = Object.fromEntries(entries.map(([path, title]) => [`pages/${path}`, title]))
for (const [name, value] of Object.entries({ 'pages.json': json, 'locale/titles.json': named }))
  made(name, `${JSON.stringify(value, null, 2)}\n`, 'pages')
