// Put compressed variants beside every text file of the built H5, which the service sends as they are.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'

const BUILT = fileURLToPath(new URL('../dist/build/h5', import.meta.url))

for (const name of readdirSync(BUILT, { recursive: true })) {
  if (!/\.(html|js|css|svg|json)$/.test(name)) continue
  const content = readFileSync(join(BUILT, name))
  writeFileSync(join(BUILT, `${name}.gz`), gzipSync(content, { level: 9 }))
  // At its highest quality, which is the default.
  writeFileSync(join(BUILT, `${name}.br`), brotliCompressSync(content))
}
