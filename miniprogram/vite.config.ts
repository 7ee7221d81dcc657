import uni from '@dcloudio/vite-plugin-uni'
import type { GetManualChunk } from 'rollup'
import { defineConfig, type Plugin } from 'vite'
import { filesOf } from './scripts/platform.mjs'

// The address of the running service for `npm run dev:h5`; the built H5 lies on the service itself.
const service = process.env.SERVICE ?? 'http://127.0.0.1:8000'
const isForBrowsers = process.env.UNI_PLATFORM === 'h5'

/** Drop the one foreign address in the kit's style sheet: a shadow that no page shows. */
const withoutForeignPicture: Plugin = {
  name: 'without-foreign-picture',
  generateBundle: {
    order: 'post',
    handler(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== 'asset' || typeof file.source !== 'string') continue
        file.source = file.source.replace(/url\(https:[^)]*\/shadow-grey\.png\)/g, 'none')
      }
    },
  },
}

const UNUSED = ['I18N_EN', 'I18N_ES', 'I18N_FR', 'I18N_ZH_HANT', 'RPX', 'WXS', 'LONGPRESS']
/** Leave out what the kit has for other languages and for styles that no page uses. */
const withoutUnusedFeatures: Plugin = {
  name: 'without-unused-features',
  enforce: 'post',
  config: () => ({
    define: Object.fromEntries(UNUSED.map((name) => [`__UNI_FEATURE_${name}__`, false])),
  }),
}

/** Give WeChat a class to look below: its selectors begin at an element of the page itself. */
const withClassOfPage: Plugin = {
  name: 'with-class-of-page',
  enforce: 'pre',
  transform: (code, id) =>
    /\/pages\/.*\.vue$/.test(id) ? code.replace('<AppPage', '<AppPage class="app-page"') : undefined,
}

type Modules = Parameters<GetManualChunk>[1]
let first: Set<string> | null = null

/**
 * Return the chunk of a module: `first` for what home needs, `shared` for what pages share, else its page's own.
 *
 * Every chunk costs a turn on the network.
 */
function chunkOf(id: string, { getModuleIds, getModuleInfo }: Modules): string | undefined {
  first ??= reached(
    [...getModuleIds()].filter((one) => getModuleInfo(one)?.isEntry),
    getModuleInfo,
  )
  if (first.has(id)) return 'first'
  return /\/src\/(?!pages\/)/.test(id) ? 'shared' : undefined
}

/** Return modules and all that they import, but for what they load later. */
function reached(from: string[], getModuleInfo: Modules['getModuleInfo']): Set<string> {
  const found = new Set(from)
  for (const id of found) for (const imported of getModuleInfo(id)?.importedIds ?? []) found.add(imported)
  return found
}

// CommonJS in packages of the kit: its default export lies one level deeper in some versions.
const kit = (uni as unknown as { default?: typeof uni }).default ?? uni

export default defineConfig({
  plugins: [
    withClassOfPage,
    filesOf(isForBrowsers ? 'h5' : 'mp'),
    // scripts/render.mjs makes the same ids for the styles of components.
    kit({ vueOptions: { features: { componentIdGenerator: 'filepath' } } as object }),
    withoutForeignPicture,
    withoutUnusedFeatures,
  ],
  base: '/m/',
  server: { host: '127.0.0.1', port: 5173, proxy: { '/api': service } },
  // Inlined modules and styles would break the content security policy.
  build: {
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    ...(isForBrowsers && {
      cssCodeSplit: false,
      manifest: true,
      rollupOptions: { output: { manualChunks: chunkOf } },
    }),
  },
})
