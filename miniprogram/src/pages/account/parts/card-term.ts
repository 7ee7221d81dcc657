// What a card's term means today.
const SOON_DAYS = 30

type CardTerm = 'unknown' | 'valid' | 'soon' | 'ended'

/** Judge a card by its last day (`YYYY-MM-DD` or 长期), which counts in full. */
export function cardTerm(until: string | null, today: string): CardTerm {
  if (!until) return 'unknown'
  const days = (Date.parse(until) - Date.parse(today)) / 86_400_000
  if (Number.isNaN(days)) return 'valid'
  if (days < 0) return 'ended'
  return days <= SOON_DAYS ? 'soon' : 'valid'
}
