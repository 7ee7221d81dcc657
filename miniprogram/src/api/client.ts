// The typed client: every call of the service by its path, with types from its OpenAPI document.
import { digest } from './keys'
import { Refusal } from './refusal'
import type { paths } from './schema'
import { tokens } from './tokens'
import { fetchFile, upload } from '@platform/api/files'
import { CLIENT_VERSION, send, type Headers, type Picture } from './transport'
import { forgetWrite, keyOfWrite } from './writes'

type Method = 'get' | 'post' | 'put' | 'delete'
type Local<P> = P extends `/api/v1${infer Rest}` ? Rest : never
type Full<P extends string> = `/api/v1${P}` & keyof paths

/** The paths that have a call of this method, without the base. */
type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? Local<P> : never
}[keyof paths]

type Operation<M extends Method, P extends string> = paths[Full<P>] extends Record<M, infer O> ? O : never
type Json<R> = R extends { content: { 'application/json': { data: infer D } } } ? D : never
type Answer<O> = O extends { responses: infer R } ? Json<R[keyof R]> : never
type BodyOf<O> = O extends {
  requestBody?: { content: { 'application/json': infer B } }
}
  ? B
  : undefined
type QueryOf<O> = O extends { parameters: { query?: infer Q } } ? Q : never

/** Values for the `{names}` in the path. */
interface Named {
  path?: Record<string, string>
}
interface Options<O> extends Named {
  query?: QueryOf<O>
}

function filled(path: string, values: Record<string, string> = {}, query?: unknown): string {
  const address = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''))
  const pairs = Object.entries((query ?? {}) as object)
    .filter(([, value]) => value !== undefined && value !== null && value !== '')
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
  return `/api/v1${address}${pairs.length ? `?${pairs.join('&')}` : ''}`
}

/** Do a write under the key of its first try, as long as no final answer came. */
async function once<T>(identity: string, write: (key: string) => Promise<T>, isSecret = false): Promise<T> {
  const key = keyOfWrite(identity, isSecret)
  try {
    const answer = await write(key)
    forgetWrite(identity)
    return answer
  } catch (error) {
    const isOpen =
      error instanceof Refusal &&
      (error.isUnanswered || error.status >= 500 || error.code === 'IDEMPOTENCY_IN_PROGRESS')
    if (!isOpen) forgetWrite(identity)
    throw error
  }
}

/** Calls that answer the same to all: they do not wait for a login. */
const OPEN = ['/announcements', '/operator', '/windows', '/consent', '/catalogue', '/privacy']

/** Calls that answer without a token, when none can be had. */
const PUBLIC = /^\/(faq\/|identity-checks|names\/)/

/** Paths not repeated as a visitor after a session expired. */
const OWN = /^\/(tickets|account\/conversations)/

async function authorised<T>(path: string, ask: (headers: Headers) => Promise<T>): Promise<T> {
  const attempt = (token: string) =>
    ask({
      'X-Client-Version': CLIENT_VERSION,
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
    })
  if (OPEN.includes(path)) return attempt('')
  const token = await tokens.current().catch((refusal: unknown) => {
    if (PUBLIC.test(path)) return ''
    throw refusal
  })
  const isVisitor = tokens.isVisitor()
  try {
    return await attempt(token)
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'UNAUTHENTICATED') throw error
    // The token has expired: log in once for all waiting calls and ask again.
    const fresh = await tokens.renewed(token)
    if (OWN.test(path) && !isVisitor && tokens.isVisitor()) throw error
    return attempt(fresh)
  }
}

/** Read something. Raises Refusal. */
export function get<P extends PathOf<'get'>>(
  path: P,
  options: Options<Operation<'get', P>> = {},
): Promise<Answer<Operation<'get', P>>> {
  const url = filled(path, options.path, options.query)
  return authorised(path, (headers) => send('GET', url, undefined, headers)) as never
}

/** Read a file, such as a PDF, and return where it lies on this phone. Raises Refusal. */
export function getFile<P extends PathOf<'get'>>(
  path: P,
  options: Options<Operation<'get', P>> = {},
): Promise<Picture> {
  const url = filled(path, options.path, options.query)
  return authorised(path, (headers) => fetchFile(url, headers))
}

/** Make a file by a POST that may be repeated, and return where it lies on this phone. Raises Refusal. */
export function postFile<P extends PathOf<'post'>>(path: P, body: BodyOf<Operation<'post', P>>): Promise<Picture> {
  return authorised(path, (headers) => fetchFile(filled(path), headers, body as object))
}

function write(method: 'POST' | 'PUT', path: string, body: object | undefined, values: Named['path']) {
  const url = filled(path, values)
  return once(
    `${method} ${url} ${digest(body)}`,
    (key) => authorised(path, (headers) => send(method, url, body ?? {}, { ...headers, 'Idempotency-Key': key })),
    'password' in (body ?? {}),
  )
}

/** Do something once, however often it must be sent. Raises Refusal. */
export function post<P extends PathOf<'post'>>(
  path: P,
  body?: BodyOf<Operation<'post', P>>,
  options: Named = {},
): Promise<Answer<Operation<'post', P>>> {
  return write('POST', path, body as object | undefined, options.path) as never
}

/** Set something once, however often it must be sent. Raises Refusal. */
export function put<P extends PathOf<'put'>>(
  path: P,
  body: BodyOf<Operation<'put', P>>,
  options: Named = {},
): Promise<Answer<Operation<'put', P>>> {
  return write('PUT', path, body as object, options.path) as never
}

/** Send a DELETE. Raises Refusal. */
export function remove<P extends PathOf<'delete'>>(
  path: P,
  options: Named = {},
): Promise<Answer<Operation<'delete', P>>> {
  const url = filled(path, options.path)
  return authorised(path, (headers) => send('DELETE', url, undefined, headers)) as never
}

/** Send pictures with fields once, however often they must be sent. Raises Refusal. */
export function postForm<P extends PathOf<'post'>>(
  path: P,
  pictures: Record<string, Picture>,
  fields: Record<string, string> = {},
  options: Named = {},
): Promise<Answer<Operation<'post', P>>> {
  const url = filled(path, options.path)
  const names = Object.entries(pictures).map(([name, picture]) => `${name}=${picture.path}`)
  return once(`POST ${url} ${digest([fields, names])}`, (key) =>
    authorised(path, (headers) => upload(url, pictures, fields, { ...headers, 'Idempotency-Key': key })),
  ) as never
}
