// The face check on the phone: WeChat's own.
import { post, postForm } from '@/api/client'
import type { Refusal } from '@/api/refusal'
import type { Picture } from '@/api/transport'
// #ifdef MP-WEIXIN
import { phoneRefusal, platformRefusal } from '@/api/platform'
// #endif

/** What the caller sends on: the challenge, and in mode photo the picture. */
export interface FaceResult {
  challengeId: string
  image?: Picture
}

/** Let the service fetch or compare the result; the account, or {} for a check that another asked. */
export function sendFace({ challengeId, image }: FaceResult) {
  const fields = { challenge_id: challengeId }
  return image ? postForm('/face-verifications', { image }, fields) : post('/face-verifications', fields)
}

/** Tell whether the service takes the same check once more after this refusal of its result. */
export function isStillGood({ isUnanswered, status, code }: Refusal): boolean {
  return isUnanswered || status >= 500 || code.endsWith('_IN_PROGRESS')
}

// #ifdef MP-WEIXIN
/** Tell whether this WeChat has the face check: its base library is 3.8.12 or newer. */
export const canCheckFace = (): boolean => Boolean(wx.requestFacialVerify)

/** Let WeChat check the living person. Raises Refusal when the phone did not finish it. */
export function checkInWechat(verifyId: string): Promise<void> {
  const verify = wx.requestFacialVerify
  if (!verify) return Promise.reject(phoneRefusal('face', 'old'))
  return new Promise((resolve, reject) =>
    verify({ verifyId, success: () => resolve(), fail: (error) => reject(platformRefusal('face', error)) }),
  )
}
// #endif
