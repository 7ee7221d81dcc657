import type { Matter, MatterItem, MatterLine } from '@/api/types'
import { label, t } from '@/locale'

/** The state of a matter for the user, and the next step; with a `page` that must be visited first. */
interface Headline {
  kind: 'info' | 'good' | 'warn' | 'bad'
  title: string
  text: string
  page?: string
  button?: string
}

/** Where a lost confirmation is mended before it can be given again. */
const MENDED_AT: Record<string, string> = {
  card_expired: 'pages/account/identity-dates',
  level_too_low: 'pages/face/index',
  frozen: 'pages/windows/index',
}
const DAY = 24 * 3600 * 1000

export const kindOf = (matter: Matter | MatterItem): string => label('matterKind', matter.kind)
export const roleOf = (line: MatterLine): string =>
  line.on_behalf_of ? t('matters.onBehalf', { role: line.role, name: line.on_behalf_of.name }) : line.role

/** Return the own lines that may be confirmed now. */
export function confirmable(matter: Matter): MatterLine[] {
  const open = matter.lines.filter(({ state }) => state !== 'confirmed')
  if (matter.state === 'waiting' || matter.state === 'confirmed') return open
  // Paused: only a refusal of one's own can be taken back.
  const isMine = open.some(({ state }) => state === 'refused')
  return matter.state === 'refused' && isMine ? open : []
}

/** Tell whether a matter may still change. */
export const isOpen = ({ state }: Matter | MatterItem): boolean => ['waiting', 'confirmed', 'refused'].includes(state)

/** Return the own lines that may be refused now. */
export function refusable(matter: Matter): MatterLine[] {
  return isOpen(matter) ? matter.lines.filter(({ state }) => state !== 'refused') : []
}

/** Return headline and next step. */
export function headlineOf(matter: Matter): Headline {
  const ended = endedOf(matter)
  if (ended) return ended
  const refused = matter.lines.find(({ state }) => state === 'refused')
  if (refused) {
    const reason = label('matterReason', refused.reason)
    return say('warn', 'refusedByMe', { reason })
  }
  if (matter.state === 'refused') return say('warn', 'paused')
  const lost = matter.lines.find(({ state }) => state === 'lost')
  if (lost) {
    const told = say('bad', 'lost', { reason: label('matterLost', lost.reason) })
    const page = MENDED_AT[lost.reason]
    return page ? { ...told, page, button: label('matterMend', lost.reason) } : told
  }
  const pending = matter.lines.filter(({ state }) => state === 'pending')
  if (pending.length && pending.every(({ reason }) => reason === 'held')) return say('info', 'held')
  if (pending.length) return pendingOf(matter)
  const left = matter.others.total - matter.others.confirmed
  return left > 0 ? say('good', 'waiting', { n: left }) : say('good', 'complete')
}

function endedOf(matter: Matter): Headline | null {
  if (matter.state === 'accepted') return say('good', 'accepted')
  if (matter.state === 'expired') {
    const days = (Date.parse(matter.expires_at) - Date.parse(matter.created_at)) / DAY
    return say('warn', 'expired', { n: Math.round(days) })
  }
  if (matter.state !== 'withdrawn') return null
  const phone = matter.office?.phone
  return phone ? say('info', 'withdrawn', { phone }) : say('info', 'withdrawnNoPhone')
}

function pendingOf(matter: Matter): Headline {
  return matter.needs.ways.includes('window')
    ? { ...say('warn', 'guardian'), page: 'pages/windows/index', button: t('app.findWindow') }
    : say('info', 'todo')
}

function say(kind: Headline['kind'], name: string, values: Record<string, string | number> = {}): Headline {
  return { kind, title: label('matterState', name, values), text: label('matterNext', name, values) }
}

/** Return the labels of the details that are new or differ from what was read before. */
export function changedDetails(before: Matter['details'], now: Matter['details']): string[] {
  const read = new Map(before.map(({ label: name, value }) => [name, value]))
  return now.filter(({ label: name, value }) => read.get(name) !== value).map(({ label: name }) => name)
}
