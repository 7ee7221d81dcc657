// Keys of writes without an answer, kept on the phone: the same write again must be the same write,
// also after the program was ended in between. The service knows a key for 24 hours.
import { randomKey } from './keys'

const NAME = 'writes'
const KNOWN = 24 * 3600 * 1000
/** A code, a check or an answer of the bot grows old: asked for after a minute, it is another one. */
const FRESH = /^POST \S+(-codes|handovers|challenges|faq\/ask) /
const FRESH_KNOWN = 60 * 1000

type Writes = Record<string, { key: string; at: number }>

/** Those with a password: their names hold a digest of it, which must not lie on the phone. */
let secret: Writes = {}

function living(writes: Writes): Writes {
  const lifeOf = (name: string) => (FRESH.test(name) ? FRESH_KNOWN : KNOWN)
  return Object.fromEntries(
    Object.entries(writes).filter(([name, { at }]) => Date.now() - at < lifeOf(name)),
  )
}
function kept(): Writes {
  return living((uni.getStorageSync(NAME) || {}) as Writes)
}

/** Return the Idempotency-Key of a write, named by its call and the digest of its body. */
export function keyOfWrite(identity: string, isSecret = false): string {
  const writes = isSecret ? secret : kept()
  const write = (writes[identity] ??= { key: randomKey(), at: Date.now() })
  if (!isSecret) uni.setStorageSync(NAME, writes)
  return write.key
}

/**
 * Forget a write that was answered; of a state that was set (PUT) also the older ones.
 *
 * Set to the older value once more, it must not be answered as it was then.
 */
export function forgetWrite(identity: string): void {
  const [method, url] = identity.split(' ')
  const others = (writes: Writes) =>
    Object.fromEntries(
      Object.entries(writes).filter(([name]) =>
        method === 'PUT' ? !name.startsWith(`PUT ${url} `) : name !== identity,
      ),
    )
  secret = others(secret)
  uni.setStorageSync(NAME, others(kept()))
}
