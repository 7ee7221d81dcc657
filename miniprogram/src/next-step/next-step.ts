// What a user has to do now, computed from the account and what waits for it.
import { get } from '@/api/client'
import { kept } from '@/api/kept'
import type { Account, Ticket } from '@/api/types'
import { draftOf } from '@/session/draft'

export type StepKind =
  | 'start'
  | 'registering'
  | 'activating'
  | 'activate'
  | 'frozen'
  | 'verify'
  | 'pending'
  | 'dates'
  | 'confirm'
  | 'answer'
  | 'switch'
  | 'reopen'
  | 'done'

export interface Step {
  kind: StepKind
  /** Matters that wait for the user. */
  matters: number
  /** The ticket that was answered, for `answer`. */
  ticket?: string
  /** When a check that has passed counts, for `pending`. */
  at?: string
}

const NEWS_DAYS = 7
const SEEN = 'seen-tickets'

/** Return the one thing to do now; null as long as the account is not known. */
export function nextStep(account: Account | null | undefined, matters = 0, answered?: string): Step | null {
  if (account === undefined) return null
  const step = (kind: StepKind): Step => ({ kind, matters })
  if (account === null) return step(begun())
  if (account.status === 'frozen') return step('frozen')
  if (account.status === 'unactivated') return step('activate')
  if (account.level < 4) {
    const { level_pending } = account
    return level_pending ? { ...step('pending'), at: level_pending.at } : step('verify')
  }
  if (account.authorization.reason === 'card_expired') return step('dates')
  if (matters > 0) return step('confirm')
  if (answered) return { ...step('answer'), ticket: answered }
  if (account.authorization.cause) return step('reopen')
  return step(account.authorization.effective ? 'done' : 'switch')
}

/** Return what a visitor has begun on this phone, if anything. */
function begun(): StepKind {
  const { until } = draftOf('activation')
  if (typeof until === 'number' && until > Date.now()) return 'activating'
  const isTyped = Object.values(draftOf('register')).some((value) => typeof value === 'string' && value.trim())
  return isTyped ? 'registering' : 'start'
}

/** Return the newest ticket that was answered in the last days and not opened since. */
export function answeredTicket(tickets: Ticket[], now = Date.now()): string | undefined {
  const seen: string[] = kept.read<string[]>(SEEN) || []
  const since = now - NEWS_DAYS * 24 * 3600 * 1000
  return tickets
    .filter(({ id, state, closed_at }) => {
      const isAnswered = state === 'resolved' || state === 'rejected'
      return isAnswered && Date.parse(closed_at ?? '') > since && !seen.includes(id)
    })
    .sort((one, other) => Date.parse(other.closed_at!) - Date.parse(one.closed_at!))[0]?.id
}

/** Remember that the answer of a ticket was opened. */
export function markSeen(ticket: string): void {
  const seen: string[] = kept.read<string[]>(SEEN) || []
  kept.write(SEEN, [...seen.filter((id) => id !== ticket).slice(-49), ticket])
}

/** Read what waits for an account and return its next step. Raises Refusal. */
export async function readNextStep(account: Account | null): Promise<Step> {
  if (!account || !['registered', 'verified'].includes(account.status)) {
    return nextStep(account)!
  }
  const [matters, { tickets }] = await Promise.all([get('/matters'), get('/tickets')])
  const todo = matters.items?.filter((item) => item.todo).length ?? matters.count
  return nextStep(account, todo, answeredTicket(tickets))!
}
