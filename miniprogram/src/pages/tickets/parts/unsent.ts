// Pictures on the way from the form to the page of the new ticket: files cannot be kept longer.
import type { Picture } from '@/api/transport'

const waiting = new Map<string, Picture[]>()

export const keepUnsent = (ticket: string, pictures: Picture[]) => waiting.set(ticket, pictures)

/** Return the pictures of a ticket that were chosen but not sent, once. */
export function takeUnsent(ticket: string): Picture[] {
  const pictures = waiting.get(ticket) ?? []
  waiting.delete(ticket)
  return pictures
}
