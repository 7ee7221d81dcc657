// Wishes for a name: the kinds of enterprises with their forms, and what is sent of a wish.
import type { NameParts } from '@/api/types'
import { label } from '@/locale'

/** The parts of a name; without a division the service takes the usual one of the seat. */
export type Wish = Omit<NameParts, 'district' | 'name'>

/** Where the enterprise has its seat: the code of a division, and its name with those above it. */
export interface Seat {
  code: string
  name: string
}

export const MOST_WISHES = 5

/** Each kind with what the service calls it. */
const SUBJECTS = {
  company: 'company',
  joint_stock: 'company',
  general_partnership: 'partnership',
  limited_partnership: 'partnership',
  sole: 'sole_proprietorship',
  individual: 'individual_business',
  cooperative: 'cooperative',
  branch: 'branch',
} as const

export type Kind = keyof typeof SUBJECTS
export const KINDS = Object.keys(SUBJECTS) as Kind[]

/** Return how names of a kind end, the commonest first. */
export const endsOf = (kind: Kind): string[] => label('names.ends', kind).split('|')

/** The marker in brackets that ends some forms. */
const markerOf = (form: string): string => /（[^（]+）$/.exec(form)?.[0] ?? ''

/** Return the kind that a form belongs to; companies for an unknown one. */
export function kindOf(form: string): Kind {
  const marker = markerOf(form)
  const fitting = KINDS.flatMap((kind) => endsOf(kind).map((end) => ({ kind, end })))
    .filter(({ end }) => (marker ? markerOf(end) === marker : !markerOf(end) && form.endsWith(end)))
    .sort((one, other) => other.end.length - one.end.length)
  return (fitting.find(({ end }) => end === form) ?? fitting[0])?.kind ?? 'company'
}

/** Return an empty wish, with the trade and form of the one before it. */
export function nextWish(before?: Wish): Wish {
  return {
    division: before?.division ?? '',
    place: before?.place ?? 'front',
    word: '',
    industry: before?.industry ?? '',
    industry_class: before?.industry_class ?? '',
    form: before?.form ?? endsOf('company')[0]!,
  }
}

/** Return the wish that these parts are. */
export function wishOf({ division, place, word, industry, industry_class, form }: NameParts): Wish {
  return { division, place, word, industry, industry_class, form }
}

/** Return a wish as one name, as far as it is typed. */
export function nameOf({ division, place, word, industry, form }: Wish): string {
  if (!division || place === 'front') return `${division}${word}${industry}${form}`
  const bracketed = `（${division}）`
  return place === 'after_word' ? `${word}${bracketed}${industry}${form}` : `${word}${industry}${bracketed}${form}`
}

/** Return the body of a check of these wishes. */
export function checkOf(seat: Seat, wishes: Wish[], investors: string) {
  const subjects = new Set(wishes.map(({ form }) => SUBJECTS[kindOf(form)]))
  return {
    district: seat.code,
    candidates: wishes.map(({ division, ...parts }) => ({ ...parts, ...(division ? { division } : {}) })),
    // Wishes of several kinds are each judged by their own form.
    ...(subjects.size === 1 ? { subject: [...subjects][0] } : {}),
    investors: investors
      .split(/[、,，;；\n]/)
      .map((name) => name.trim())
      .filter(Boolean),
  }
}
