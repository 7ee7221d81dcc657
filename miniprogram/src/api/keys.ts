/** Return an unguessable name of 32 hexadecimal digits where the platform can make one. */
export function randomKey(): string {
  const bytes = new Uint8Array(16)
  // #ifdef H5
  crypto.getRandomValues(bytes)
  // #endif
  // #ifndef H5
  // Only a name for one write of one token; nothing is protected by it.
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = Math.floor(Math.random() * 256)
  // #endif
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Return a short name of a body, to see that it is the same as before. */
export function digest(body: unknown): string {
  const text = JSON.stringify(body) ?? ''
  let [high, low] = [0xdeadbeef, 0x41c6ce57]
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i)
    high = Math.imul(high ^ unit, 2654435761)
    low = Math.imul(low ^ unit, 1597334677)
  }
  return `${(high >>> 0).toString(36)}${(low >>> 0).toString(36)}${text.length}`
}
