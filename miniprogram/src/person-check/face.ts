// The face check on the phone: WeChat's own, and why it did not begin or end.
import { post, postForm } from '@/api/client'
import { Refusal } from '@/api/refusal'
import type { Picture } from '@/api/transport'
import { label, t } from '@/locale'
import { report } from './report'

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

/** Why a check failed on the phone. */
type FaceTrouble = 'permission' | 'cancelled' | 'network' | 'capture' | 'device' | 'old' | 'other'

/** Return the cause of an errCode of wx.requestFacialVerify, as WeChat numbers them. */
export function troubleOf(errCode: number): FaceTrouble {
  if (errCode === 90001) return 'device'
  if (errCode >= 90002 && errCode <= 90006) return 'cancelled'
  if (errCode === 90007 || errCode === 90012) return 'network'
  if (errCode >= 90008 && errCode <= 90010) return 'permission'
  if (errCode === 90011 || errCode === 90013 || errCode === 90014) return 'capture'
  return 'other'
}

/** Report a failed check to the service and return what to show. */
export function failedOnPhone(trouble: FaceTrouble, detail = ''): Refusal {
  report('face', `face.${trouble}`, detail)
  return new Refusal(
    'FACE_NOT_FINISHED',
    label('faceTrouble', trouble),
    422,
    { cause: trouble },
    {
      case: 12,
      slug: '',
      title: t('face.failedTitle'),
      steps: [],
      actions: [
        { type: 'page', label: t('face.byCtid'), page: 'pages/ctid/index' },
        { type: 'page', label: t('face.atWindow'), page: 'pages/windows/index' },
      ],
    },
  )
}

// #ifdef MP-WEIXIN
/** Let WeChat check the living person. Raises Refusal when the phone did not finish it. */
export function checkInWechat(verifyId: string): Promise<void> {
  const verify = wx.requestFacialVerify
  if (!verify) return Promise.reject(failedOnPhone('old'))
  return new Promise((resolve, reject) =>
    verify({
      verifyId,
      success: () => resolve(),
      fail: ({ errCode, errMsg }) => reject(failedOnPhone(troubleOf(errCode), `${errCode} ${errMsg}`)),
    }),
  )
}
// #endif
