import { beforeEach, expect, test, vi } from 'vitest'
import { answer, asked, lose, ok, storage } from '../../phone'

const GONE = { code: 'NOT_FOUND', message: '没有找到', data: {}, help: null, request_id: 'r' }
let showPage = () => undefined as void
vi.mock('@dcloudio/uni-app', () => ({ onShow: (work: () => void) => (showPage = work) }))

const turn = (question: string, id = '') => ({ question, answer: id ? { conversation_id: id } : null, helpful: null })
let onAnswer = vi.fn()
beforeEach(() => (onAnswer = vi.fn()))

async function chatAbout(conversation: string, ...turns: object[]) {
  storage.set('draft:chat', { at: Date.now(), values: { conversation, turns } })
  const module = await import('@/pages/chat/parts/chat')
  return { ...module, ...module.useChat(onAnswer) }
}

test('a conversation that ended begins anew with the same question', async () => {
  const chat = await chatAbout('old')
  answer(404, GONE)
  answer(200, ok({ conversation_id: 'new', answer: '这样办' }))
  chat.ask('收不到验证码')
  await vi.waitFor(() => expect(onAnswer).toHaveBeenCalledWith(0))
  const bodies = asked.map(({ data }) => JSON.parse(data!))
  expect(bodies.map((body) => body.conversation_id)).toEqual(['old', null])
  expect(storage.get('draft:chat')).toMatchObject({
    values: { conversation: 'new', turns: [{ question: '收不到验证码', answer: { answer: '这样办' } }] },
  })
})

test('an older question asked again shows its refusal in its own place', async () => {
  const chat = await chatAbout('c', turn('没有回答的'), turn('答过的', 'c'))
  lose()
  chat.askAgain(0)
  expect([chat.asking.isBusy.value, chat.current.value]).toEqual([true, 0])
  await vi.waitFor(() => expect(chat.asking.refusal.value?.code).toBe('OFFLINE'))
  expect(chat.current.value).toBe(0)
})

test('a deleted conversation leaves the open chat, others stay', async () => {
  const chat = await chatAbout('new', turn('旧的', 'old'), turn('新的', 'new'))
  chat.forgetConversation('old')
  showPage()
  expect([chat.talk.conversation, chat.talk.turns.map(({ question }) => question)]).toEqual(['new', ['新的']])
  chat.forgetConversation('new')
  showPage()
  expect([chat.talk.conversation, chat.talk.turns]).toEqual(['', []])
})

test('the fields that the account has are omitted, except in a dispute', async () => {
  const { fieldsOf } = await import('@/pages/tickets/parts/kinds')
  expect(fieldsOf('phone_change', true)).toEqual(['phone'])
  expect(fieldsOf('identity_review', true)).toEqual([])
  expect(fieldsOf('identity_dispute', true)).toEqual(['name', 'id_number'])
})
