// Files in a browser: fetch, since a File has no path.
import { address, LONG_TIMEOUT, opened, unanswered, type Headers, type Picture } from '../transport'

/** Upload or download within a time limit. Raises Refusal when no answer came. */
function fetched(path: string, options: RequestInit): Promise<Response> {
  // AbortSignal.timeout is missing before 2022.
  const controller = new AbortController()
  setTimeout(() => controller.abort(), LONG_TIMEOUT)
  return fetch(address(path), { ...options, signal: controller.signal }).catch((error: Error) => {
    throw unanswered(error.name === 'AbortError' ? 'TIMEOUT' : 'OFFLINE')
  })
}

/** Send a multipart form and return the answer's data. Raises Refusal. */
export async function upload(
  path: string,
  pictures: Record<string, Picture>,
  fields: Record<string, string>,
  headers: Headers,
): Promise<unknown> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  for (const [name, { file }] of Object.entries(pictures)) form.append(name, file!, `${name}.png`)
  const answer = await fetched(path, { method: 'POST', body: form, headers })
  return opened(answer.status, await answer.json().catch(() => null))
}

/** Read a file, or with a body the one that a POST makes. Raises Refusal. */
export async function fetchFile(path: string, headers: Headers, body?: object): Promise<Picture> {
  const made = body && { method: 'POST', body: JSON.stringify(body) }
  const sent = body ? { ...headers, 'Content-Type': 'application/json' } : headers
  const answer = await fetched(path, { ...made, headers: sent })
  if (!answer.ok) opened(answer.status, await answer.json().catch(() => null))
  const file = await answer.blob().catch(() => {
    throw unanswered('NOT_OUR_ANSWER')
  })
  return { path: URL.createObjectURL(file), file }
}
