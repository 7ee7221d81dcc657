/**
 * Read what opened the page for scanned codes: its own `code`, or the whole address of a QR code.
 *
 * WeChat gives a scanned address, encoded, as `q`. `page` is another page that it names.
 */
export function scannedPage(query: Record<string, string | undefined>): { code: string; page: string } {
  if (query.code) return { code: query.code, page: '' }
  const page = decodeURIComponent(query.q ?? '').split('/m/#/')[1] ?? ''
  const code = /^pages\/handover\/index\?code=([\w-]+)/.exec(page)
  if (code) return { code: code[1]!, page: '' }
  return { code: '', page: /^pages\/[\w/-]+(\?.*)?$/.test(page) ? page : '' }
}

/** Tell whether a browser runs on a phone, where a link can open WeChat. */
export const isPhone = (userAgent: string): boolean => /Android|iPhone|HarmonyOS|OpenHarmony/i.test(userAgent)

// #ifdef H5
/** Return the address that WeChat's scanner opens in the mini program; see docs/runbook.md. */
export function addressOf(page?: string): string {
  return page ? `${location.origin}${location.pathname}#/${page}` : location.href
}
// #endif
