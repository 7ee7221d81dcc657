// The one place that talks HTTP: uni.request and uni.uploadFile, with the service's envelope taken off.
import type { Help } from '@/api/types'
import { t } from '@/locale'
import { version } from '../../package.json'
import { Refusal, type LocalCode } from './refusal'

/** Whether this is the build for a staging service, with invented people; production refuses it. */
export const IS_STAGING = import.meta.env.VITE_STAGING === 'yes'

/** The version that the service compares with MIN_CLIENT_VERSION. */
export const CLIENT_VERSION = IS_STAGING ? `${version}-staging` : version

/** In a browser the service has the page's own origin; a mini program is built for one address. */
const ORIGIN: string = import.meta.env.VITE_API_ORIGIN ?? ''
const TIMEOUT = 20_000
/** For files, in milliseconds. */
export const LONG_TIMEOUT = TIMEOUT * 3

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
export function opened(status: number, body: unknown): unknown {
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

/** Return the refusal of a call that failed on the way. */
export function failed(error: { errMsg?: string }): Refusal {
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
