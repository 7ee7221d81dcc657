// Keys of writes without an answer, kept on the phone: the same write again must be the same write,
// also after the program was ended in between. The service knows a key for 24 hours.
import { randomKey } from './keys'

const NAME = 'writes'
const KNOWN = 24 * 3600 * 1000

type Writes = Record<string, { key: string; at: number }>

function living(): Writes {
  const kept = Object.entries((uni.getStorageSync(NAME) || {}) as Writes)
  return Object.fromEntries(kept.filter(([, { at }]) => Date.now() - at < KNOWN))
}

/** Return the Idempotency-Key of a write, named by its call and the digest of its body. */
export function keyOfWrite(identity: string): string {
  const writes = living()
  const write = (writes[identity] ??= { key: randomKey(), at: Date.now() })
  uni.setStorageSync(NAME, writes)
  return write.key
}

/** Forget a write that was answered. */
export function forgetWrite(identity: string): void {
  const { [identity]: _, ...others } = living()
  uni.setStorageSync(NAME, others)
}
