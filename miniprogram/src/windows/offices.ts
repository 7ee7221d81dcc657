// Windows of the bureau: maps and phone numbers.
import { t } from '@/locale'

/** Return the numbers of a window's phone field, each with what a phone dials. */
export function phoneNumbers(field: string): { shown: string; dialled: string }[] {
  return field
    .split(/[、,/;]/)
    .map((shown) => shown.trim())
    .filter(Boolean)
    .map((shown) => ({ shown, dialled: shown.replace(t('window.extension'), ',').replace(/[^\d+,-]/g, '') }))
}

/** Return an address that opens the map program of a phone, '' for devices without one. */
export function mapLink(userAgent: string, place: string): string {
  const query = encodeURIComponent(place)
  if (/iPhone|iPad/.test(userAgent)) return `maps:?q=${query}`
  return /Android|OpenHarmony/.test(userAgent) ? `geo:0,0?q=${query}` : ''
}
