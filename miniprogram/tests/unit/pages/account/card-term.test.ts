import { expect, it } from 'vitest'
import { cardTerm } from '@/pages/account/parts/card-term'

it('warns in the last 30 days and after them, never for a long-term card', () => {
  const at = (until: string | null) => cardTerm(until, '2026-11-27')
  expect(at('2026-11-26')).toBe('ended')
  expect(at('2026-11-27')).toBe('soon')
  expect(at('2026-12-27')).toBe('soon')
  expect(at('2026-12-28')).toBe('valid')
  expect(at('长期')).toBe('valid')
  expect(at(null)).toBe('unknown')
})
