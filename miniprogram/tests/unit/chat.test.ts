import { expect, test, vi } from 'vitest'
import { answer, asked, ok, storage } from './phone'

const GONE = { code: 'NOT_FOUND', message: '没有找到', data: {}, help: null, request_id: 'r' }

test('a conversation that ended begins anew with the same question', async () => {
  const values = { conversation: 'old', turns: [] }
  storage.set('draft:chat', { at: Date.now(), values })
  const { useChat } = await import('@/pages/chat/parts/chat')
  const arrived = vi.fn()
  const chat = useChat(arrived)
  answer(404, GONE)
  answer(200, ok({ conversation_id: 'new', answer: '这样办' }))
  chat.ask('收不到验证码')
  await vi.waitFor(() => expect(arrived).toHaveBeenCalledWith(0))
  const bodies = asked.map(({ data }) => JSON.parse(data!))
  expect(bodies.map((body) => body.conversation_id)).toEqual(['old', null])
  expect(storage.get('draft:chat')).toMatchObject({
    values: { conversation: 'new', turns: [{ question: '收不到验证码', answer: { answer: '这样办' } }] },
  })
})

test('an account tells its own person, but not whose name was taken', async () => {
  const { fieldsOf } = await import('@/pages/tickets/parts/kinds')
  expect(fieldsOf('phone_change', true)).toEqual(['phone'])
  expect(fieldsOf('identity_review', true)).toEqual([])
  expect(fieldsOf('identity_dispute', true)).toEqual(['name', 'id_number'])
})
