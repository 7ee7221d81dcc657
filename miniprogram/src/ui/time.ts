import { t } from '@/locale'

/** Return a number of seconds in words: 50秒, 12分钟, 3小时, 2天; rounded up. */
export function inWords(seconds: number): string {
  if (seconds < 60) return t('app.seconds', { n: seconds })
  if (seconds < 7200) return t('app.minutes', { n: Math.ceil(seconds / 60) })
  if (seconds < 172_800) return t('app.hours', { n: Math.ceil(seconds / 3600) })
  return t('app.days', { n: Math.ceil(seconds / 86_400) })
}

/** Say when a call may be made again: in minutes, from an hour on as a clock, from a day on as a day. */
export function waitsFor(seconds: number): string {
  if (seconds < 60) return t('app.retryIn', { time: t('app.seconds', { n: seconds }) })
  if (seconds < 3600) return t('app.retryIn', { time: t('app.minutes', { n: Math.ceil(seconds / 60) }) })
  const end = new Date(Date.now() + seconds * 1000).toISOString()
  return t('app.retryAt', {
    time: day(end) === day(new Date().toISOString()) ? moment(end).slice(11) : dayAndTime(end),
  })
}

/** Return the date and time of an instant of the service in Asia/Shanghai: 2026-11-27 09:30. */
export function moment(instant: string): string {
  const local = new Date(Date.parse(instant) + 8 * 3600 * 1000).toISOString()
  return `${local.slice(0, 10)} ${local.slice(11, 16)}`
}

/** Return the day of an instant in Asia/Shanghai, in words: 11月27日, with the year if it is another. */
export function day(instant: string): string {
  const [year, month, date] = moment(instant).slice(0, 10).split('-').map(Number)
  const words = t('app.day', { month: month!, day: date! })
  return String(year) === today().slice(0, 4) ? words : t('app.dayOfYear', { year: year!, day: words })
}

/** Return the day of an instant in words, and the time: 11月27日 09:30. */
export function dayAndTime(instant: string): string {
  return `${day(instant)} ${moment(instant).slice(11)}`
}

/** Return today's date in Asia/Shanghai: 2026-11-27. */
export function today(): string {
  return moment(new Date().toISOString()).slice(0, 10)
}

/** Return a date of the service with its weekday, as people say it: 12月11日（周五）. */
export function dayInWords(date: string): string {
  const weekday = t('date.weekdays')[new Date(`${date}T00:00:00Z`).getUTCDay()]!
  return t('date.inWords', { day: day(`${date}T00:00:00+08:00`), weekday })
}
