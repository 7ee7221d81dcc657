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
