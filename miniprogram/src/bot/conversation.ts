import { Refusal } from '@/api/refusal'

/** Send with the conversation; without it where it has ended, such as by signing out. Raises Refusal. */
export async function withConversation<R>(id: string, send: (id: string | null) => Promise<R>): Promise<R> {
  try {
    return await send(id || null)
  } catch (error) {
    if (!id || !(error instanceof Refusal) || error.code !== 'NOT_FOUND') throw error
    return send(null)
  }
}
