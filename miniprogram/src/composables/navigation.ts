import { label } from '@/locale'

/** Open a page named as in content and answers: `pages/…`, with or without a query. */
export function go(address: string): void {
  const url = `/${address.replace(/^\//, '')}`
  if (url.startsWith('/pages/home/index')) uni.reLaunch({ url })
  // At most ten pages lie on top of each other in WeChat.
  else if (getCurrentPages().length >= 9) uni.redirectTo({ url })
  else uni.navigateTo({ url })
}

/** Open a page in the place of this one: the way back leads past it. */
export function replace(address: string): void {
  uni.redirectTo({ url: `/${address.replace(/^\//, '')}` })
}

/** Go back, or home where nothing lies below. */
export function back(): void {
  if (getCurrentPages().length > 1) uni.navigateBack()
  else uni.reLaunch({ url: '/pages/home/index' })
}

/** Return a page's address with a query. */
export function withQuery(page: string, query: Record<string, string | undefined>): string {
  const pairs = Object.entries(query)
    .filter(([, value]) => value)
    .map(([name, value]) => `${name}=${encodeURIComponent(value as string)}`)
  return pairs.length ? `${page}?${pairs.join('&')}` : page
}

/** Call a number. */
export function call(phone: string): void {
  uni.makePhoneCall({ phoneNumber: phone, fail: () => undefined })
}

/** Copy a text and say so. */
export function copy(text: string): void {
  uni.setClipboardData({
    data: text,
    showToast: false,
    success: () => uni.showToast({ title: label('copy', 'done'), icon: 'none' }),
  })
}
