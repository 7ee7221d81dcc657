import { expect, test } from 'vitest'
import type { Account } from '@/api/types'
import { answer, ok, storage } from '../phone'

const steps = () => import('@/next-step/next-step')

function account(changes: object = {}, authorization: object = {}): Account {
  return {
    status: 'verified',
    level: 4,
    ...changes,
    authorization: { enabled: true, until: null, effective: true, reason: 'ok', ...authorization },
  } as Account
}
const OFF = { effective: false, reason: 'off' }

test('the card follows the state of the account', async () => {
  const { nextStep } = await steps()
  expect(nextStep(undefined)).toBeNull()
  const kind = (...args: Parameters<typeof nextStep>) => nextStep(...args)?.kind
  expect(kind(null)).toBe('start')
  expect(kind(account({ status: 'unactivated' }))).toBe('activate')
  expect(kind(account({ status: 'frozen' }), 1, 't')).toBe('frozen')
  expect(kind(account({ status: 'registered', level: 3 }, OFF), 2, 't')).toBe('verify')
  const at = '2026-12-01T10:15:00+08:00'
  const waiting = nextStep(account({ status: 'registered', level: 3, level_pending: { at } }, OFF))
  expect(waiting).toMatchObject({ kind: 'pending', at })
  expect(kind(account({}, { effective: false, reason: 'card_expired' }), 2)).toBe('dates')
  expect(kind(account({}, OFF), 2, 't')).toBe('confirm')
  expect(kind(account({}, OFF), 0, 't')).toBe('answer')
  expect(kind(account({}, OFF))).toBe('switch')
  expect(kind(account({}, { effective: false, reason: 'ended' }))).toBe('switch')
  // After a reset a check comes first, but not before what waits for the user.
  expect(kind(account({}, { ...OFF, cause: 'reset' }))).toBe('reopen')
  expect(kind(account({}, { ...OFF, cause: 'reset' }), 1)).toBe('confirm')
  expect(kind(account())).toBe('done')
})

test('a visitor goes on with what was begun on this phone', async () => {
  const { nextStep } = await steps()
  const keep = (name: string, values: object, at = Date.now()) => storage.set(`draft:${name}`, { at, values })
  const kind = () => nextStep(null)?.kind
  keep('register', { step: 2, name: ' ', phone: '', confirmed: [] })
  keep('activation', { step: 1, id_number: '1', until: 0 })
  expect(kind()).toBe('start')
  keep('register', { name: '王秀英' }, Date.now() - 25 * 3600 * 1000)
  expect(kind()).toBe('start')
  keep('register', { name: '王秀英' })
  expect(kind()).toBe('registering')
  keep('activation', { step: 2, until: Date.now() - 1 })
  expect(kind()).toBe('registering')
  keep('activation', { step: 2, until: Date.now() + 60_000 })
  expect(kind()).toBe('activating')
  expect(nextStep(account())?.kind).toBe('done')
})

test('matters are counted below level 4 and only those to confirm from there', async () => {
  const { readNextStep } = await steps()
  answer(200, ok({ count: 2, items: null }))
  answer(200, ok({ tickets: [] }))
  const below = await readNextStep(account({ status: 'registered', level: 3 }, OFF))
  expect(below).toEqual({ kind: 'verify', matters: 2 })
  answer(200, ok({ count: 3, items: [{ todo: false }, { todo: true }, { todo: false }] }))
  answer(200, ok({ tickets: [] }))
  expect(await readNextStep(account())).toEqual({ kind: 'confirm', matters: 1 })
})

test('an answered ticket is shown until it was opened, for a week', async () => {
  const { answeredTicket, markSeen } = await steps()
  const now = Date.parse('2026-11-27T12:00:00+08:00')
  const ticket = (id: string, state: string, closed_at: string | null) => ({ id, state, closed_at }) as never
  const tickets = [
    ticket('a', 'open', null),
    ticket('b', 'resolved', '2026-11-25T12:00:00+08:00'),
    ticket('c', 'rejected', '2026-11-26T12:00:00+08:00'),
    ticket('d', 'resolved', '2026-11-01T12:00:00+08:00'),
    ticket('e', 'withdrawn', '2026-11-26T12:00:00+08:00'),
  ]
  expect(answeredTicket(tickets, now)).toBe('c')
  markSeen('c')
  expect(answeredTicket(tickets, now)).toBe('b')
  markSeen('b')
  expect(answeredTicket(tickets, now)).toBeUndefined()
  expect(storage.get('seen-tickets')).toEqual(['c', 'b'])
})
