import uni from '@dcloudio/vite-plugin-uni'
import { defineConfig, type Plugin } from 'vite'

// The address of the running service for `npm run dev:h5`; the built H5 lies on the service itself.
const service = process.env.SERVICE ?? 'http://127.0.0.1:8000'

/** Drop the one foreign address in the kit's style sheet: a shadow that no page shows. */
const withoutForeignPicture: Plugin = {
  name: 'without-foreign-picture',
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type !== 'asset' || typeof file.source !== 'string') continue
      file.source = file.source.replace(/url\(https:[^)]*\/shadow-grey\.png\)/g, 'none')
    }
  },
}

/** Give WeChat a class to look below: its selectors begin at an element of the page itself. */
const withClassOfPage: Plugin = {
  name: 'with-class-of-page',
  enforce: 'pre',
  transform: (code, id) =>
    /\/pages\/.*\.vue$/.test(id) ? code.replace('<AppPage', '<AppPage class="app-page"') : undefined,
}

export default defineConfig({
  // CommonJS in packages of the kit: its default export lies one level deeper in some versions.
  plugins: [withClassOfPage, ((uni as unknown as { default?: typeof uni }).default ?? uni)(), withoutForeignPicture],
  base: '/m/',
  server: { host: '127.0.0.1', port: 5173, proxy: { '/api': service } },
  // Inlined modules and styles would break the content security policy.
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false } },
})
