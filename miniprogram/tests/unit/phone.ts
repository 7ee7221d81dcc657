// The phone under the unit tests: uni's storage in memory, and requests that the test answers.
import { beforeEach, vi } from 'vitest'

export interface Asked {
  url: string
  method: string
  data?: string
  header: Record<string, string>
}
type Answer = { statusCode: number; data: unknown } | { errMsg: string }

export const asked: Asked[] = []
export const storage = new Map<string, unknown>()
/** What lies in the tab of a browser. */
export const tab = new Map<string, string>()
const answers: ((call: Asked) => Answer)[] = []

/** Let the next request be answered so. */
export function answer(statusCode: number, data: unknown): void {
  answers.push(() => ({ statusCode, data }))
}

/** Let the next request end without an answer. */
export function lose(errMsg = 'request:fail'): void {
  answers.push(() => ({ errMsg }))
}

/** Return the service's envelope around data. */
export const ok = (data: unknown) => ({ code: 'OK', message: '', data, request_id: 'r' })

const fake = {
  getStorageSync: (key: string) => storage.get(key) ?? '',
  setStorageSync: (key: string, value: unknown) => storage.set(key, JSON.parse(JSON.stringify(value))),
  removeStorageSync: (key: string) => storage.delete(key),
  getStorageInfoSync: () => ({ keys: [...storage.keys()] }),
  onNetworkStatusChange: () => undefined,
  request(call: Asked & { success(a: object): void; fail(e: object): void }) {
    asked.push(call)
    const reply = answers.shift()
    if (!reply) throw new Error(`no answer for ${call.method} ${call.url}`)
    const said = reply(call)
    queueMicrotask(() => ('statusCode' in said ? call.success(said) : call.fail(said)))
  },
}
vi.stubGlobal('uni', fake)
vi.stubGlobal(
  'sessionStorage',
  new Proxy(
    {
      getItem: (key: string) => tab.get(key) ?? null,
      setItem: (key: string, text: string) => void tab.set(key, text),
      removeItem: (key: string) => void tab.delete(key),
    },
    { ownKeys: () => [...tab.keys()], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }) },
  ),
)

beforeEach(() => {
  asked.length = 0
  answers.length = 0
  storage.clear()
  tab.clear()
  storage.set('token', 'first')
  vi.resetModules()
})
