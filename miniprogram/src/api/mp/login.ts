// The mini program logs in by a code of WeChat's.
import { unanswered } from '../transport'

export interface Login {
  token: string
  account: unknown
}

/** Log in and return the token with its account, or null. Raises Refusal. */
export async function logIn(post: (path: string, body: object) => Promise<Login>): Promise<Login> {
  const { code } = await new Promise<UniApp.LoginRes>((success, fail) =>
    uni.login({ success, fail: () => fail(unanswered('OFFLINE')) }),
  )
  return post('/wechat/login', { code })
}
