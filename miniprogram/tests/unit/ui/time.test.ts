import { expect, test, vi } from 'vitest'
import { switchState } from '@/pages/account/parts/switch-state'
import { dayInWords, inWords, moment, today, waitsFor } from '@/ui/time'

test.each([
  [1, '1秒'],
  [59, '59秒'],
  [61, '2分钟'],
  [3601, '61分钟'],
  [7201, '3小时'],
  [200_000, '3天'],
])('%d seconds are %s', (seconds, words) => {
  expect(inWords(seconds)).toBe(words)
})

test('a wait is told in minutes, from an hour on as the time at which it ends', () => {
  vi.useFakeTimers({ now: Date.parse('2026-12-01T22:30:00+08:00') })
  expect(waitsFor(50)).toBe('50秒后可再试')
  expect(waitsFor(3541)).toBe('60分钟后可再试')
  expect(waitsFor(3600)).toBe('23:30后可再试')
  expect(waitsFor(86_400)).toBe('12月2日 22:30后可再试')
  vi.useRealTimers()
})

test('an instant is told in the time of Shanghai', () => {
  expect(moment('2026-11-27T16:30:00+00:00')).toBe('2026-11-28 00:30')
  expect(moment('2026-11-28T00:30:00+08:00')).toBe('2026-11-28 00:30')
})

test('the state of the switch names its last day with the weekday, and another year', () => {
  expect(dayInWords('2020-12-11')).toBe('2020年12月11日（周五）')
  const year = today().slice(0, 4)
  expect(dayInWords(`${year}-12-11`)).toMatch(/^12月11日（周.）$/)
  expect(switchState({ reason: 'ok', until: '2020-12-11' })).toBe('已开启，到2020年12月11日（周五）这一天结束')
  expect(switchState({ reason: 'off', until: null })).toBe('没有开启')
  expect(switchState({ reason: 'off', until: null, cause: 'reset' })).toMatch(/^已关闭：您重置过密码/)
})
