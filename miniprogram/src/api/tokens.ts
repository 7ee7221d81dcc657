// The token of this phone: one login serves all calls that wait for it.
import { logIn, type Login } from '@platform/api/login'
import { kept } from './kept'
import { CLIENT_VERSION, send } from './transport'

/** Its key in the storage. */
export const TOKEN = 'token'
const VISITOR = 'visitor'
let token = kept.read<string>(TOKEN)
let login: Promise<string> | null = null
const listeners: ((account: unknown) => void)[] = []

function keep(value: string, isVisitor = false): void {
  token = value
  kept.write(VISITOR, isVisitor)
  if (value) kept.write(TOKEN, value)
  else kept.remove(TOKEN)
}

async function loggedIn(): Promise<string> {
  // Without an Idempotency-Key: both are free to repeat, and WeChat's code works once.
  const post = (path: string, body: object) =>
    send('POST', `/api/v1${path}`, body, { 'X-Client-Version': CLIENT_VERSION }) as Promise<Login>
  const answer = await logIn(post)
  keep(answer.token, !answer.account)
  listeners.forEach((listener) => listener(answer.account))
  return answer.token
}

export const tokens = {
  /** Return the valid token, logging in first without one. Raises Refusal. */
  async current(): Promise<string> {
    if (token && !login) return token
    login ??= loggedIn().finally(() => (login = null))
    return login
  },

  /** Tell whether the token is known to stand for no account. */
  isVisitor: (): boolean => token !== '' && kept.read(VISITOR) === true,

  // #ifdef H5
  /** Tell whether this browser keeps no token of an account. */
  isOfVisitor: (): boolean => !token || tokens.isVisitor(),
  // #endif

  /** Return a new token after `expired` was refused; calls that fail together share one login. */
  async renewed(expired: string): Promise<string> {
    const stored = kept.read<string>(TOKEN)
    // Another tab of the browser has a valid one, such as after signing in there.
    if (token === expired && stored && stored !== expired) token = stored
    if (token === expired) keep('')
    return this.current()
  },

  /** Keep the token that signing in, registering or activating gave. */
  keep,

  /** Call `listener` with the account, or null, after each login. */
  onLogin(listener: (account: unknown) => void): void {
    listeners.push(listener)
  },
}
