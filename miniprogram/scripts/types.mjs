// Make src/api/schema.d.ts from the service's OpenAPI document; with --check fail when it is stale.
// The document comes from `manage.py openapi`; calls for desks and refusals, which all have
// one form, are left out.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import openapiTS, { astToString } from 'openapi-typescript'
import { made } from './made.mjs'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const PYTHON = here('../../.venv/bin/python')
const FOR_DESKS = /^\/api\/v1\/(window|centre|staff)\//
const METHODS = ['get', 'post', 'put', 'delete']

const output = execFileSync(PYTHON, ['manage.py', 'openapi'], {
  cwd: here('../..'),
  maxBuffer: 1 << 26,
})
const document = JSON.parse(output)
for (const path of Object.keys(document.paths)) {
  if (!path.startsWith('/api/v1/') || FOR_DESKS.test(path)) delete document.paths[path]
}
for (const calls of Object.values(document.paths)) {
  for (const method of METHODS) {
    const responses = calls[method]?.responses ?? {}
    for (const status of Object.keys(responses)) if (status >= '3') delete responses[status]
  }
}
const used = new Set(['Problem'])
const collect = (value) => {
  if (value === null || typeof value !== 'object') return
  const name = typeof value.$ref === 'string' && value.$ref.split('/').pop()
  if (name && !used.has(name)) {
    used.add(name)
    collect(document.components.schemas[name])
  }
  Object.values(value).forEach(collect)
}
collect(document.paths)
collect(document.components.schemas.Problem)
const schemas = document.components.schemas
document.components = {
  schemas: Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name))),
}
made('api/schema.d.ts', astToString(await openapiTS(document, { defaultNonNullable: false })), 'types')
