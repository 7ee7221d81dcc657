// Write WECHAT_APPID into the built project, which WeChat's developer tools upload under it.
import { readFileSync, writeFileSync } from 'node:fs'

const FILE = new URL('../dist/build/mp-weixin/project.config.json', import.meta.url)
const appid = process.env.WECHAT_APPID

if (appid) {
  const project = JSON.parse(readFileSync(FILE, 'utf8'))
  writeFileSync(FILE, `${JSON.stringify({ ...project, appid }, null, 2)}\n`)
}
