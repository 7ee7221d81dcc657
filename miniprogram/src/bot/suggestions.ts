// What of a typed question is asked for suggestions: an address must hold no number of a person.
import { t } from '@/locale'

const DIGITS = new RegExp(`[0-9０-９〇○${t('chat.digits')}]`, 'g')
const FEWEST = 6
/** The longest title or example question is shorter. */
const LONGEST = 50

/** Return what to ask, or nothing for a text with as many digits as a phone or an ID number. */
export function toSuggestFor(typed: string): string {
  return (typed.match(DIGITS)?.length ?? 0) < FEWEST ? [...typed].slice(0, LONGEST).join('') : ''
}
