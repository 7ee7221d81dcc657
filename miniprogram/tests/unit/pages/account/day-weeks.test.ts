import { expect, test } from 'vitest'
import { weeksOf, workingDaysUntil } from '@/pages/account/parts/day-weeks'
import { dayInWords } from '@/ui/time'

const day = (date: string, is_working_day = true) => ({ date, is_working_day })
// Friday, a weekend whose Sunday is worked, and Monday.
const DAYS = [day('2026-10-09'), day('2026-10-10', false), day('2026-10-11'), day('2026-10-12')]

test('weeks begin on Monday', () => {
  const dates = weeksOf(DAYS).map((week) => week.map((cell) => cell?.date.slice(8) ?? ''))
  expect(dates).toEqual([
    ['', '', '', '', '09', '10', '11'],
    ['12', '', '', '', '', '', ''],
  ])
  expect(weeksOf([])).toEqual([])
})

test('working days are counted from tomorrow', () => {
  expect(workingDaysUntil(DAYS, '2026-10-12')).toBe(2)
  expect(workingDaysUntil(DAYS, '2026-10-09')).toBe(0)
})

test('a day is said in words', () => {
  expect(dayInWords('2026-10-11')).toBe('10月11日（周日）')
})
