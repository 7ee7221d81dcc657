// Put a gzip variant beside every text file of the built H5, which the service sends as it is.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const BUILT = fileURLToPath(new URL('../dist/build/h5', import.meta.url))

for (const name of readdirSync(BUILT, { recursive: true })) {
  if (!/\.(html|js|css|svg|json)$/.test(name)) continue
  writeFileSync(join(BUILT, `${name}.gz`), gzipSync(readFileSync(join(BUILT, name)), { level: 9 }))
}
