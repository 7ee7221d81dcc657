// Keys of writes without an answer, kept on the phone: the same write again must be the same write,
// also after the program was ended in between. The service knows a key for 24 hours.
import { kept } from './kept'
import { randomKey } from './keys'

const NAME = 'writes'
const KNOWN = 24 * 3600 * 1000
/** These keys expire after 1 min: a later code, check or answer of the bot is another one. */
const SHORT = /^POST \S+(-codes|handovers|challenges|faq\/ask) /
const SHORT_KNOWN = 60 * 1000

type Writes = Record<string, { key: string; at: number }>

/** Those with a password: their names hold a digest of it, which must not lie on the phone. */
let secret: Writes = {}

function valid(writes: Writes): Writes {
  const lifeOf = (name: string) => (SHORT.test(name) ? SHORT_KNOWN : KNOWN)
  return Object.fromEntries(Object.entries(writes).filter(([name, { at }]) => Date.now() - at < lifeOf(name)))
}
function unanswered(): Writes {
  return valid(kept.read<Writes>(NAME) || {})
}

/** Return the Idempotency-Key of a write, named by its call and the digest of its body. */
export function keyOfWrite(identity: string, isSecret = false): string {
  const writes = isSecret ? secret : unanswered()
  const write = (writes[identity] ??= { key: randomKey(), at: Date.now() })
  if (!isSecret) kept.write(NAME, writes)
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
  kept.write(NAME, others(unanswered()))
}
