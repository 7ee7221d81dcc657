import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'
import { filesOf } from './scripts/platform.mjs'

/** Keep what `#ifdef` keeps for a browser; the kit's own step is part of its builds alone. */
const asInBrowser: Plugin = {
  name: 'as-in-browser',
  enforce: 'pre',
  transform: (code) =>
    code.replace(/\/\/ #(ifn?def) (.*)\n([\s\S]*?)\/\/ #endif/g, (_, word, platforms, text) =>
      (word === 'ifdef') === /\bH5\b/.test(platforms) ? text : '',
    ),
}

export default defineConfig({
  plugins: [filesOf('h5'), asInBrowser],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  test: { include: ['tests/unit/**/*.test.ts'], setupFiles: ['tests/unit/phone.ts'] },
})
