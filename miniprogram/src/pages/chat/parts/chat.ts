// The talk of today: kept on this phone for a day, so that it survives the end of the program.
import { onShow } from '@dcloudio/uni-app'
import { nextTick, ref } from 'vue'
import { post } from '@/api/client'
import type { BotAnswer } from '@/api/types'
import { withConversation } from '@/bot/conversation'
import { useAction } from '@/refusal/use-action'
import { carry, draftOf, useDraft } from '@/session/draft'

export interface Turn {
  question: string
  /** Null until the bot answered. */
  answer: BotAnswer | null
  helpful: boolean | null
}

interface Talk extends Record<string, unknown> {
  conversation: string
  turns: Turn[]
}

/** A phone keeps no more: older turns are among the conversations of the account. */
const MOST = 30

/** Return what the phone keeps. */
const kept = (): Talk => ({ conversation: '', turns: [], ...draftOf('chat') })

/** Remove a deleted conversation from what the phone keeps. */
export function forgetConversation(id: string): void {
  const { conversation, turns } = kept()
  carry('chat', {
    conversation: conversation === id ? '' : conversation,
    turns: turns.filter(({ answer }) => answer?.conversation_id !== id),
  })
}

/** Return the talk and the ways to ask, to ask again and to begin anew. */
export function useChat(onAnswer: (index: number) => void) {
  const { form: talk } = useDraft<Talk>('chat', { conversation: '', turns: [] })
  /** Index of the turn that was asked last: its refusal or busy sign is shown there. */
  const current = ref(-1)

  const asking = useAction(async (index: number) => {
    current.value = index
    const turn = talk.turns[index]!
    const { question } = turn
    const answer = await withConversation(talk.conversation, (conversation_id) =>
      post('/faq/ask', { question, conversation_id }),
    )
    turn.answer = answer
    talk.conversation = answer.conversation_id
    await nextTick()
    onAnswer(index)
  })
  // Another page may have deleted a conversation, or another user signed in.
  onShow(() => {
    if (asking.isBusy.value || JSON.stringify(kept()) === JSON.stringify(talk)) return
    Object.assign(talk, kept())
    asking.refusal.value = null
  })

  return {
    talk,
    asking,
    current,
    /** Ask; a question that got no answer before stays above with its button. */
    ask(question: string): void {
      if (asking.isBusy.value) return
      talk.turns = [...talk.turns.slice(1 - MOST), { question, answer: null, helpful: null }]
      void asking.run(talk.turns.length - 1)
    },
    askAgain: (index: number) => void asking.run(index),
    /** Forget the topic: the next question is the first one of a conversation. */
    beginTopic(): void {
      talk.conversation = ''
    },
    clear(): void {
      talk.conversation = ''
      talk.turns = []
      asking.refusal.value = null
    },
  }
}
