// Which of two files of one name a platform takes.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Return a plugin that reads `@platform/ROOM/NAME` as ROOM/h5/NAME or ROOM/mp/NAME, a component or a module.
 *
 * `platform`: h5 or mp.
 */
export const filesOf = (platform) => ({
  name: 'files-of-platform',
  enforce: 'pre',
  resolveId(id) {
    const [, room, name] = /^@platform\/(.+)\/([\w.-]+)$/.exec(id) ?? []
    if (!room) return undefined
    const path = fileURLToPath(new URL(`../src/${room}/${platform}/${name}`, import.meta.url))
    return existsSync(path) ? path : `${path}.ts`
  },
})
