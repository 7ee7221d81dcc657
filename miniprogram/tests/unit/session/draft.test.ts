import { expect, test } from 'vitest'
import { kept } from '@/api/kept'
import { usePhoneProof } from '@/phone/phone-proof'
import { clearDrafts, keepDraftsOf, removeOldDrafts, useDraft } from '@/session/draft'
import { storage, tab } from '../phone'

const HOUR = 3600 * 1000

test('what was typed is there after the end of the program, without a further step', () => {
  useDraft('register', { name: '', id_number: '' }).form.name = '王秀英'
  expect(useDraft('register', { name: '', id_number: '' }).form).toEqual({
    name: '王秀英',
    id_number: '',
  })
})

test('a draft is forgotten after success and after a day', () => {
  const { form, clear } = useDraft('register', { name: '' })
  form.name = '王秀英'
  clear()
  form.name = '李'
  expect(storage.has('draft:register')).toBe(false)
  storage.set('draft:phone', { at: Date.now() - 25 * HOUR, values: { phone: '138' } })
  expect(useDraft('phone', { phone: '' }).form.phone).toBe('')
})

test('ID numbers and phones are forgotten after an hour, the rest after a day', () => {
  const values = { step: 2, name: '王秀英', id_number: '110101199003079908', phone: '13800138000' }
  storage.set('draft:register', { at: Date.now() - HOUR - 1, values })
  storage.set('draft:sign-in', { at: Date.now() - 25 * HOUR, values: { login: '13800138000' } })
  removeOldDrafts()
  expect(storage.get('draft:register')).toMatchObject({ values: { step: 2, name: '王秀英' } })
  expect(JSON.stringify([...storage.values()])).not.toMatch(/9908|8000/)
  expect(storage.has('draft:sign-in')).toBe(false)
  expect(useDraft('register', { name: '', phone: '' }).form).toEqual({ name: '王秀英', phone: '', step: 2 })
})

test('all drafts of a shared phone are forgotten at once, and nothing else', () => {
  useDraft('a', { x: '' }).form.x = '1'
  useDraft('b', { x: '' }).form.x = '1'
  storage.set('device', 'd')
  storage.set('elder', true)
  clearDrafts()
  expect([...storage.keys()]).toEqual(['token', 'elder'])
})

test('another person who signs in on this phone finds no drafts of the one before', () => {
  keepDraftsOf('first')
  useDraft('chat', { turns: '' }).form.turns = '我的激活'
  keepDraftsOf('first')
  expect(storage.has('draft:chat')).toBe(true)
  keepDraftsOf('second')
  expect(storage.has('draft:chat')).toBe(false)
})

test('after drafts were cleared, the next user keeps what was typed before signing in', () => {
  keepDraftsOf('first')
  usePhoneProof().state.proof = 'of the first'
  clearDrafts()
  expect(usePhoneProof().state.proof).toBe('')
  useDraft('ticket', { name: '' }).form.name = '王秀英'
  keepDraftsOf('second')
  expect(storage.has('draft:ticket')).toBe(true)
})

// Last, because a tab stays shared.
test('on a shared computer everything lies in the tab alone', () => {
  useDraft('register', { name: '' }).form.name = '王秀英'
  storage.set('elder', true)
  kept.share()
  expect([...storage.keys()]).toEqual(['elder'])
  expect(kept.read('token')).toBe('first')
  const { form, clear } = useDraft('register', { name: '' })
  expect(form.name).toBe('王秀英')
  form.name = '李'
  expect([...storage.keys()]).toEqual(['elder'])
  clear()
  expect([...tab.keys()].filter((key) => key.includes('draft'))).toEqual([])
  clearDrafts()
  expect(kept.keys()).toEqual(['token'])
})
