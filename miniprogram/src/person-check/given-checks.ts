// Which of the checks that a WeChat user passed for browsers the user has seen on this phone.
import type { GivenCheck } from '@/api/types'

const SEEN = 'seen-checks'
const NEWS_DAYS = 7
const MOST = 50

const seen = (): string[] => uni.getStorageSync(SEEN) || []

/** Tell whether to show a check on the first page: of the last days, not seen and not disputed. */
export function isNewCheck(check: GivenCheck, now = Date.now()): boolean {
  const since = now - NEWS_DAYS * 24 * 3600 * 1000
  return !check.ticket && Date.parse(check.passed_at) > since && !seen().includes(check.id)
}

/** Remember that the user said whose account it is. */
export function markChecked(id: string): void {
  uni.setStorageSync(SEEN, [
    ...seen()
      .filter((one) => one !== id)
      .slice(1 - MOST),
    id,
  ])
}
