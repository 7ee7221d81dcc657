// Values for the page that opens next: taken once, and in memory, since an address must not hold them.
import type { Picture } from '@/api/transport'
import { go } from './navigation'

const kept = new Map<string, unknown>()

function take<T>(name: string, empty: T): T {
  const value = (kept.get(name) as T | undefined) ?? empty
  kept.delete(name)
  return value
}

/** Show a sentence on the next page, such as after a cancellation. */
export const flashNext = (text: string) => kept.set('sentence', text)
export const takeFlash = () => take('sentence', '')

/** Open the bot and ask it at once. */
export function openChat(question: string): void {
  kept.set('question', question)
  go('pages/chat/index')
}
export const takeQuestion = () => take('question', '')

/** Keep the chosen pictures of a new ticket until its page sends them: files cannot be kept longer. */
export const keepUnsent = (ticket: string, pictures: Picture[]) => kept.set(`unsent:${ticket}`, pictures)
export const takeUnsent = (ticket: string) => take<Picture[]>(`unsent:${ticket}`, [])
