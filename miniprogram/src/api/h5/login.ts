// A browser logs in by a name of its own, which it keeps.
import { kept } from '../kept'
import { randomKey } from '../keys'

export interface Login {
  token: string
  account: unknown
}

/** Log in and return the token with its account, or null. Raises Refusal. */
export function logIn(post: (path: string, body: object) => Promise<Login>): Promise<Login> {
  let device = kept.read<string>('device')
  if (!device) {
    device = randomKey()
    kept.write('device', device)
  }
  return post('/web/login', { device })
}
