// The one place that talks HTTP: uni.request and uni.uploadFile, with the service's envelope taken off.
import type { Help } from '@/api/types'
import { t } from '@/locale'
import { version } from '../../package.json'
import { Refusal, type LocalCode } from './refusal'

/** The version that the service compares with MIN_CLIENT_VERSION. */
export const CLIENT_VERSION = version

/** In a browser the service has the page's own origin; a mini program is built for one address. */
const ORIGIN: string = import.meta.env.VITE_API_ORIGIN ?? ''
const TIMEOUT = 20_000

interface Envelope {
  code: string
  message: string
  data: Record<string, unknown>
  help?: Help | null
}

/** Return the address of a path of the service, for pictures and downloads too. */
export const address = (path: string): string => `${ORIGIN}${path}`

/** Return a refusal for a call that the service did not answer in its own form. */
export function unanswered(code: LocalCode): Refusal {
  return new Refusal(code, t(`failure.${code}`), 0)
}

/** Take the envelope off an answer. Raises Refusal for every answer but a success. */
function opened(status: number, body: unknown): unknown {
  const envelope = body as Partial<Envelope> | null
  if (!envelope || typeof envelope !== 'object' || typeof envelope.code !== 'string') {
    if (status === 413) throw new Refusal('BODY_TOO_LARGE', t('failure.BODY_TOO_LARGE'), status)
    // A proxy's HTML page, an empty body, or bytes cut short.
    throw unanswered(status === 503 || status === 502 ? 'MAINTENANCE' : 'NOT_OUR_ANSWER')
  }
  if (status >= 200 && status < 300) return envelope.data
  throw new Refusal(
    envelope.code,
    envelope.message ?? t('failure.NOT_OUR_ANSWER'),
    status,
    envelope.data ?? {},
    envelope.help ?? null,
  )
}

// #ifndef H5
/** Return the value of the JSON that `read` returns, null without one. */
function parsed(read: () => unknown): unknown {
  try {
    return JSON.parse(read() as string)
  } catch {
    return null
  }
}
// #endif

function failed(error: { errMsg?: string }): Refusal {
  return unanswered(/time\s?out/i.test(error.errMsg ?? '') ? 'TIMEOUT' : 'OFFLINE')
}

// #ifdef H5
/** What shell/start.js asked before the program ran, by path; each answer is used once. */
const early = (globalThis as { early?: Record<string, Promise<{ status: number; body: unknown }>> }).early ?? {}

function takeEarly(path: string): Promise<unknown> | undefined {
  const answer = early[path]
  delete early[path]
  return answer?.then(({ status, body }) => opened(status, body))
}
// #endif

export type Headers = Record<string, string>

/** Send JSON and return the answer's data. Raises Refusal. */
export function send(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body: object | undefined,
  headers: Headers,
): Promise<unknown> {
  // #ifdef H5
  const answered = method === 'GET' && takeEarly(path)
  if (answered) return answered.catch(() => send(method, path, body, headers))
  // #endif
  return new Promise<UniApp.RequestSuccessCallbackResult>((resolve, reject) =>
    uni.request({
      url: address(path),
      method,
      // In a browser a GET with a body would put it into the query.
      data: body === undefined ? undefined : JSON.stringify(body),
      header: body === undefined ? headers : { ...headers, 'Content-Type': 'application/json' },
      timeout: TIMEOUT,
      success: resolve,
      fail: (error) => reject(failed(error)),
    }),
  ).then(({ statusCode, data }) => opened(statusCode, data))
}

/** A picture chosen by the user, or another file: a path of the phone, in a browser also the File. */
export interface Picture {
  path: string
  file?: File | Blob
}

// #ifdef H5
/** Upload or download within a time limit. Raises Refusal when no answer came. */
function fetched(path: string, options: RequestInit): Promise<Response> {
  // AbortSignal.timeout is missing before 2022.
  const controller = new AbortController()
  setTimeout(() => controller.abort(), TIMEOUT * 3)
  return fetch(address(path), { ...options, signal: controller.signal }).catch((error: Error) => {
    throw unanswered(error.name === 'AbortError' ? 'TIMEOUT' : 'OFFLINE')
  })
}
// #endif

/** Send a multipart form and return the answer's data. Raises Refusal. */
export function upload(
  path: string,
  pictures: Record<string, Picture>,
  fields: Record<string, string>,
  headers: Headers,
): Promise<unknown> {
  const parts = Object.entries(pictures)
  // #ifdef H5
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  for (const [name, { file }] of parts) form.append(name, file!, `${name}.png`)
  return fetched(path, { method: 'POST', body: form, headers }).then(async (answer) =>
    opened(answer.status, await answer.json().catch(() => null)),
  )
  // #endif
  // #ifndef H5
  const [name, picture] = parts[0]!
  return new Promise<UniApp.UploadFileSuccessCallbackResult>((resolve, reject) =>
    uni.uploadFile({
      url: address(path),
      name,
      filePath: picture.path,
      formData: fields,
      header: headers,
      timeout: TIMEOUT * 3,
      success: resolve,
      fail: (error) => reject(failed(error)),
    }),
  ).then(({ statusCode, data }) =>
    opened(
      statusCode,
      parsed(() => data),
    ),
  )
  // #endif
}

/** Read a file, or with a body the one that a POST makes. Raises Refusal. */
export function fetchFile(path: string, headers: Headers, body?: object): Promise<Picture> {
  // #ifdef H5
  const made = body && { method: 'POST', body: JSON.stringify(body) }
  return fetched(path, { ...made, headers: body ? { ...headers, 'Content-Type': 'application/json' } : headers }).then(
    async (answer) => {
      if (!answer.ok) opened(answer.status, await answer.json().catch(() => null))
      const file = await answer.blob().catch(() => {
        throw unanswered('NOT_OUR_ANSWER')
      })
      return { path: URL.createObjectURL(file), file }
    },
  )
  // #endif
  // #ifndef H5
  if (body) return madeFile(path, headers, body!)
  return new Promise<UniApp.DownloadSuccessData>((resolve, reject) =>
    uni.downloadFile({
      url: address(path),
      header: headers,
      timeout: TIMEOUT * 3,
      success: resolve,
      fail: (error) => reject(failed(error)),
    }),
  ).then(({ statusCode, tempFilePath }) => {
    // The file holds the refusal.
    const body = () => uni.getFileSystemManager().readFileSync(tempFilePath, 'utf8')
    if (statusCode !== 200) opened(statusCode, parsed(body))
    return { path: tempFilePath }
  })
  // #endif
}

// #ifndef H5
/** Downloads are GET alone: take the bytes of an answer and write them to a PDF of this phone. */
function madeFile(path: string, headers: Headers, body: object): Promise<Picture> {
  return new Promise<UniApp.RequestSuccessCallbackResult>((resolve, reject) =>
    uni.request({
      url: address(path),
      method: 'POST',
      data: JSON.stringify(body),
      header: { ...headers, 'Content-Type': 'application/json' },
      responseType: 'arraybuffer',
      timeout: TIMEOUT * 3,
      success: resolve,
      fail: (error) => reject(failed(error)),
    }),
  ).then(({ statusCode, data }) => {
    const files = uni.getFileSystemManager()
    const file = { path: `${wx.env.USER_DATA_PATH}/made.${statusCode === 200 ? 'pdf' : 'json'}` }
    files.writeFileSync(file.path, data as ArrayBuffer)
    if (statusCode !== 200)
      opened(
        statusCode,
        parsed(() => files.readFileSync(file.path, 'utf8')),
      )
    return file
  })
}
// #endif
