import { expect, test } from 'vitest'
import { inWords, moment } from '@/composables/time'

test.each([
  [1, '1秒'],
  [119, '119秒'],
  [120, '2分钟'],
  [3601, '61分钟'],
  [7201, '3小时'],
  [200_000, '3天'],
])('%d seconds are %s', (seconds, words) => {
  expect(inWords(seconds)).toBe(words)
})

test('an instant is told in the time of Shanghai', () => {
  expect(moment('2026-11-27T16:30:00+00:00')).toBe('2026-11-28 00:30')
  expect(moment('2026-11-28T00:30:00+08:00')).toBe('2026-11-28 00:30')
})
