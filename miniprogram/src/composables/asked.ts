// A question on its way to the bot: in memory, since a page's address must not hold what users type.
import { go, withQuery } from './navigation'

let question = ''

/** Open the bot and ask it at once. */
export function openChat(text: string, query: { code?: string; slug?: string } = {}): void {
  question = text
  go(withQuery('pages/chat/index', query))
}

/** Return the question that the bot was opened with, once. */
export function takeQuestion(): string {
  const taken = question
  question = ''
  return taken
}
