// The buttons of a refusal, as far as the page it stands on can do what they say.
import type { Refusal } from '@/api/refusal'
import type { Action } from '@/api/types'
import { t } from '@/locale'
import { leadsNowhere, visiblePath } from '@/navigation/navigation'

/** Refusals to send a code: after any other one `sms_code` would repeat the wrong call. */
const NOT_SENT = ['SMS_RATE_LIMITED', 'SMS_NUMBER_BLOCKED', 'SMS_UNAVAILABLE']
/** Refusals that the same call may not meet again, such as with a new code of WeChat's login. */
const AGAIN = ['WECHAT_CODE_INVALID']
const FACE = 'pages/face/index'
/** Pages whose face check these pages cannot help: it is for a matter, or of another account or none. */
const UNFIT: Record<string, RegExp> = {
  'pages/ctid/index': /^pages\/(activation|handover|matters|register|sign-in|tickets)\//,
  'pages/account/identity-dates': /^pages\/(handover|tickets)\//,
}

/** Refusals that speak of the own account on any page. */
const OF_ACCOUNT = ['LEVEL_TOO_LOW']

/** Return the buttons; one that repeats the call is added where the call may succeed next time. */
export function actionsOf(refusal: Refusal, hasOwnRetry = false): Action[] {
  if (refusal.code === 'UNAUTHENTICATED')
    return [{ type: 'page', label: t('signIn.submit'), page: 'pages/sign-in/index' }]
  // Every call is refused until the program is updated: the card has the button.
  if (refusal.code === 'CLIENT_OUTDATED') return []
  let given: Action[] = []
  for (const action of refusal.help?.actions ?? []) {
    if (!OF_ACCOUNT.includes(refusal.code) && UNFIT[action.page ?? '']?.test(visiblePath())) continue
    if (action.type !== 'retry') given.push(action)
    else if (!hasOwnRetry) given.push(...fitting(action, refusal))
  }
  given = given.filter((action) => !leadsNowhere(action))
  const mayHelp =
    AGAIN.includes(refusal.code) || refusal.isUnanswered || refusal.status >= 500 || refusal.retryAfter > 0
  if (hasOwnRetry || !mayHelp || given.some(({ type }) => type === 'retry')) return given
  return [{ type: 'retry', label: t('app.retry') }, ...given]
}

function fitting(action: Action, { code, help }: Refusal): Action[] {
  // The pages where this check helps show it themselves.
  if (['clear_limit', 'card_photo', 'reset_by_face', 'activate_by_face'].includes(action.retry ?? '')) return []
  // The field of the code has its own button.
  if (action.retry === 'sms_code') return NOT_SENT.includes(code) ? [action] : []
  if (action.retry !== 'face') return [action]
  const isThere = help?.actions.some(({ page }) => page === FACE)
  return isThere ? [] : [{ type: 'page', label: action.label, page: FACE }]
}
