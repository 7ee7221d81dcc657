// #ifdef MP-WEIXIN
import { noteRefusal } from '@/api/noted'
// #endif
import type { Action } from '@/api/types'
import { label, titleOf } from '@/locale'

function visiblePage(): { route?: string; options?: Record<string, string> } {
  const pages = getCurrentPages()
  return pages[pages.length - 1] ?? {}
}

/** Return the path of the visible page: `pages/…`. */
export const visiblePath = (): string => visiblePage().route ?? ''

/** Return what tells the page in front from others, also from another one of the same path. */
export const openedPage = (): object => visiblePage()

/** A second tap before the page has come must not open it twice. */
const TAP = 500
let last = { url: '', at: 0 }

/** Pages that can only say here that they work in WeChat. */
const WECHAT_ONLY: string[] = []
// #ifndef MP-WEIXIN
WECHAT_ONLY.push('pages/wechat-phone/index')
// #endif

/** Return whether a button opens a page that is of no use here, or the visible one once more. */
export function leadsNowhere({ page, ticket }: Action): boolean {
  if (page && WECHAT_ONLY.includes(page)) return true
  const { route = '', options = {} } = visiblePage()
  const target = ticket ? 'pages/tickets/index' : page
  return target === route && ticket === options.kind && !options.id
}

/** Open a page named as in content and answers: `pages/…`, with or without a query. */
export function go(address: string): void {
  const url = `/${address.replace(/^\//, '')}`
  const isSecondTap = last.url === url && Date.now() - last.at < TAP
  last = { url, at: Date.now() }
  if (isSecondTap) return
  if (url.startsWith('/pages/home/index')) uni.reLaunch({ url })
  // At most ten pages lie on top of each other in WeChat.
  else if (getCurrentPages().length >= 9) uni.redirectTo({ url })
  else uni.navigateTo({ url })
}

/** Open a page in the place of this one: the way back leads past it, or to it where it lies below. */
export function replace(address: string): void {
  const route = address.replace(/^\//, '')
  if (getCurrentPages().slice(-2, -1)[0]?.route === route) uni.navigateBack()
  else uni.redirectTo({ url: `/${route}` })
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

/** Go back past the pages named in `rooms`, or home where no other lies below. */
export function backPast(rooms: string[]): void {
  const pages = getCurrentPages()
  const routes = pages.slice(0, -1).map(({ route }) => route ?? '')
  while (routes.length && rooms.some((room) => routes[routes.length - 1]!.startsWith(`pages/${room}/`))) routes.pop()
  if (routes.length) uni.navigateBack({ delta: pages.length - routes.length })
  else uni.reLaunch({ url: '/pages/home/index' })
}

/** Call a number. */
export function call(phone: string): void {
  uni.makePhoneCall({
    phoneNumber: phone,
    fail: (error) => {
      // #ifdef MP-WEIXIN
      noteRefusal('call', error)
      // #endif
    },
  })
}

/** Copy a text and say so. */
export function copy(text: string): void {
  uni.setClipboardData({
    data: text,
    showToast: false,
    success: () => uni.showToast({ title: label('copy', 'done'), icon: 'none' }),
    // #ifdef MP-WEIXIN
    fail: (error) => noteRefusal('copy', error),
    // #endif
  })
}

// #ifdef H5
/** Return the path that the address names: `pages/…`. Its page may be on its way. */
export const addressedPath = (): string => location.hash.replace(/^#\/|\?.*$/g, '')

/**
 * Load the program anew where the address names another query of an open page.
 *
 * The kit tells pages apart by path and place in the history: it would show the open one.
 */
export function reloadChangedPages(): void {
  type Page = { $page: { id: number; fullPath: string } }
  const pathOf = (address: string) => address.split('?')[0]
  const reload = ({ state }: PopStateEvent): void => {
    const address = location.hash.slice(1)
    // A typed address has no place; the kit gives it that of the first page.
    const place = state?.__id__ ?? 1
    const isChanged = (getCurrentPages() as unknown as Page[]).some(
      ({ $page }) => $page.id === place && pathOf($page.fullPath) === pathOf(address) && $page.fullPath !== address,
    )
    // The kit looks for unknown pages only when it starts.
    const isUnknown = pathOf(address) !== '/' && !titleOf(pathOf(address)!.slice(1))
    if (isChanged || isUnknown) location.reload()
  }
  // Before the kit's listener, which forgets the pages that a step back leaves.
  window.addEventListener('popstate', reload, true)
}
// #endif
