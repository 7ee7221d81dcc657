import uni from '@dcloudio/vite-plugin-uni'
import { defineConfig } from 'vite'

// The address of the running service for `npm run dev:h5`; the built H5 lies on the service itself.
const service = process.env.SERVICE ?? 'http://127.0.0.1:8000'

export default defineConfig({
  // CommonJS in packages of the kit: its default export lies one level deeper in some versions.
  plugins: [((uni as unknown as { default?: typeof uni }).default ?? uni)()],
  base: '/m/',
  server: { host: '127.0.0.1', port: 5173, proxy: { '/api': service } },
  // Inlined modules and styles would break the content security policy.
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false } },
})
