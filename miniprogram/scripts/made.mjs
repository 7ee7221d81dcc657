import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/** Write a file below src/ that `npm run COMMAND` makes; with --check fail when it is stale. */
export function made(name, text, command) {
  const file = new URL(`../src/${name}`, import.meta.url)
  if (!process.argv.includes('--check')) return writeFileSync(file, text)
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return
  console.error(`src/${name} is stale: npm run ${command}`)
  process.exit(1)
}
