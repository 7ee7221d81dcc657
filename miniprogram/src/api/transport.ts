// The one place that talks HTTP: uni.request and uni.uploadFile, with the service's envelope taken off.
import { version } from '../../package.json'
import { t } from '@/locale'
import { Refusal, type Help, type LocalCode } from './refusal'

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

function failed(error: { errMsg?: string }): Refusal {
  return unanswered(/time\s?out/i.test(error.errMsg ?? '') ? 'TIMEOUT' : 'OFFLINE')
}

export type Headers = Record<string, string>

/** Send JSON and return the answer's data. Raises Refusal. */
export function send(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body: object | undefined,
  headers: Headers,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    uni.request({
      url: address(path),
      method,
      // In a browser a GET with a body would put it into the query.
      data: body === undefined ? undefined : JSON.stringify(body),
      header: body === undefined ? headers : { ...headers, 'Content-Type': 'application/json' },
      timeout: TIMEOUT,
      success: ({ statusCode, data }) => {
        try {
          resolve(opened(statusCode, data))
        } catch (refusal) {
          reject(refusal)
        }
      },
      fail: (error) => reject(failed(error)),
    })
  })
}

/** A picture chosen by the user, or another file: a path of the phone, or in a browser a File. */
export interface Picture {
  path: string
  file?: File | Blob
}

// #ifdef H5
/** Return a signal that ends a slow upload or download; AbortSignal.timeout is missing before 2022. */
function timeLimit(): AbortSignal {
  const controller = new AbortController()
  setTimeout(() => controller.abort(), TIMEOUT * 3)
  return controller.signal
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
  return Promise.all(
    parts.map(async ([name, picture]) =>
      form.append(name, picture.file ?? (await (await fetch(picture.path)).blob()), `${name}.png`),
    ),
  )
    .then(() =>
      fetch(address(path), {
        method: 'POST',
        body: form,
        headers,
        signal: timeLimit(),
      }),
    )
    .catch((error: Error) => {
      throw unanswered(error.name === 'AbortError' ? 'TIMEOUT' : 'OFFLINE')
    })
    .then(async (answer) => opened(answer.status, await answer.json().catch(() => null)))
  // #endif
  // #ifndef H5
  return new Promise((resolve, reject) => {
    const first = parts[0]
    if (!first) throw new TypeError('a form needs a picture')
    uni.uploadFile({
      url: address(path),
      name: first[0],
      filePath: first[1].path,
      formData: fields,
      header: headers,
      timeout: TIMEOUT * 3,
      success: ({ statusCode, data }) => {
        try {
          let body: unknown = null
          try {
            body = JSON.parse(data)
          } catch {
            // Not JSON: opened() says so.
          }
          resolve(opened(statusCode, body))
        } catch (refusal) {
          reject(refusal)
        }
      },
      fail: (error) => reject(failed(error)),
    })
  })
  // #endif
}

/** Read a file. Raises Refusal. */
export function fetchFile(path: string, headers: Headers): Promise<Picture> {
  // #ifdef H5
  return fetch(address(path), { headers, signal: timeLimit() })
    .catch((error: Error) => {
      throw unanswered(error.name === 'AbortError' ? 'TIMEOUT' : 'OFFLINE')
    })
    .then(async (answer) => {
      if (!answer.ok) opened(answer.status, await answer.json().catch(() => null))
      const file = await answer.blob().catch(() => {
        throw unanswered('NOT_OUR_ANSWER')
      })
      return { path: URL.createObjectURL(file), file }
    })
  // #endif
  // #ifndef H5
  return new Promise((resolve, reject) => {
    uni.downloadFile({
      url: address(path),
      header: headers,
      timeout: TIMEOUT * 3,
      success: ({ statusCode, tempFilePath }) => {
        if (statusCode === 200) return resolve({ path: tempFilePath })
        try {
          // What the service refuses with is the file.
          const text = uni.getFileSystemManager().readFileSync(tempFilePath, 'utf8') as string
          opened(statusCode, JSON.parse(text))
        } catch (error) {
          reject(error instanceof Refusal ? error : unanswered('NOT_OUR_ANSWER'))
        }
      },
      fail: (error) => reject(failed(error)),
    })
  })
  // #endif
}
