import { expect, test } from 'vitest'
import { storage } from '../phone'

const NOW = Date.parse('2026-12-01T10:15:00+08:00')
const check = (changes: object = {}) =>
  ({ id: 'c1', passed_at: '2026-11-30T10:15:00+08:00', ticket: null, ...changes }) as never

test('a check is news for seven days, until it was seen or disputed', async () => {
  const { isNewCheck, markChecked } = await import('@/person-check/given-checks')
  expect(isNewCheck(check(), NOW)).toBe(true)
  expect(isNewCheck(check({ ticket: 'T234567892' }), NOW)).toBe(false)
  expect(isNewCheck(check(), NOW + 7 * 24 * 3600 * 1000)).toBe(false)
  for (let number = 0; number < 60; number += 1) markChecked(`old${number}`)
  markChecked('c1')
  markChecked('c1')
  expect(isNewCheck(check(), NOW)).toBe(false)
  expect(isNewCheck(check({ id: 'c2' }), NOW)).toBe(true)
  expect(storage.get('seen-checks')).toHaveLength(50)
})
