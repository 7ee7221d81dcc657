// Render a page of the program to HTML as a new visitor's browser shows it first.
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { JSDOM } from 'jsdom'
import { createServer } from 'vite'
import { createSSRApp } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { filesOf } from './platform.mjs'

const require = createRequire(import.meta.url)
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const KIT = '@dcloudio/uni-app'

/** Return the HTML of a page's component, read from its source for browsers. */
export async function render(file, route) {
  process.env.UNI_PLATFORM = 'h5'
  const { initPreContext, preHtml, preJs } = require('@dcloudio/uni-cli-shared')
  initPreContext('h5')
  const { default: vue } = await import('@vitejs/plugin-vue')
  const forBrowsers = {
    name: 'for-browsers',
    enforce: 'pre',
    transform: (code, id) => {
      if (!/\/src\/[^?]*\.(vue|ts)$/.test(id)) return undefined
      // The kit scopes all styles of components.
      return preJs(preHtml(code)).replace('<style>', '<style scoped>')
    },
  }
  // The kit's hooks are called by its pages alone.
  const withoutKit = {
    name: 'without-kit',
    enforce: 'pre',
    resolveId: (id) => (id === KIT ? `\0${KIT}` : undefined),
    load: (id) =>
      id === `\0${KIT}`
        ? ['onHide', 'onLoad', 'onShow', 'onUnload', 'onLaunch']
            .map((hook) => `export const ${hook} = () => undefined`)
            .join('\n')
        : undefined,
  }
  const restore = pretendToBeABrowser(route)
  const server = await createServer({
    configFile: false,
    root: ROOT,
    logLevel: 'error',
    appType: 'custom',
    server: { middlewareMode: true, hmr: false, watch: null },
    optimizeDeps: { noDiscovery: true },
    ssr: { noExternal: [KIT] },
    resolve: { alias: { '@': fileURLToPath(new URL('../src', import.meta.url)) } },
    plugins: [filesOf('h5'), forBrowsers, withoutKit, vue({ features: { componentIdGenerator: 'filepath' } })],
  })
  try {
    const { default: page } = await server.ssrLoadModule(file)
    return (await renderToString(createSSRApp(page))).replace(/<!--.*?-->/gs, '')
  } finally {
    await server.close()
    restore()
  }
}

/** Give the modules what they look for when they load: an empty storage, and no answer. */
function pretendToBeABrowser(route) {
  const { window } = new JSDOM('<!doctype html>', { url: 'http://localhost/' })
  const globals = {
    window,
    document: window.document,
    sessionStorage: window.sessionStorage,
    getComputedStyle: window.getComputedStyle,
    getCurrentPages: () => [{ route }],
    uni: { getStorageSync: () => '', getStorageInfoSync: () => ({ keys: [] }), setStorageSync: () => undefined },
  }
  const before = Object.getOwnPropertyDescriptors(globalThis)
  for (const [name, value] of Object.entries(globals))
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
  return () => {
    for (const name of Object.keys(globals)) {
      delete globalThis[name]
      if (before[name]) Object.defineProperty(globalThis, name, before[name])
    }
  }
}
