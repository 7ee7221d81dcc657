import type { CalendarDay } from '@/api/types'

/** Return the days in weeks from Monday to Sunday; null before the first and after the last day. */
export function weeksOf(days: CalendarDay[]): (CalendarDay | null)[][] {
  const first = days[0]
  if (!first) return []
  // Sunday is 0 and ends the week.
  const before = (new Date(`${first.date}T00:00:00Z`).getUTCDay() + 6) % 7
  const cells: (CalendarDay | null)[] = [...Array<null>(before).fill(null), ...days]
  while (cells.length % 7) cells.push(null)
  return Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(week * 7, week * 7 + 7))
}

/** Return how many working days remain until a day, today not counted. */
export function workingDaysUntil(days: CalendarDay[], until: string): number {
  return days.slice(1).filter(({ date, is_working_day }) => is_working_day && date <= until).length
}
