import { expect, test, vi } from 'vitest'
import { answer, asked, ok, storage } from '../phone'

const ACCOUNT = { status: 'verified', level: 4 }
const session = async () => (await import('@/session/session')).useSession()

test('a visitor is not asked for an account that cannot be there', async () => {
  storage.delete('token')
  answer(200, ok({ token: 'visitor', account: null }))
  expect(await (await session()).refresh()).toBeNull()
  expect(asked.map(({ url }) => url)).toEqual(['/api/v1/web/login'])
})

test('a kept token is asked what it stands for, once by all parts of a page', async () => {
  answer(200, ok(ACCOUNT))
  const { refresh } = await session()
  expect(await Promise.all([refresh(), refresh()])).toEqual([ACCOUNT, ACCOUNT])
  expect(asked).toHaveLength(1)
  answer(200, ok({ ...ACCOUNT, level: 3 }))
  expect(await refresh()).toMatchObject({ level: 3 })
})

test('an account is known from signing in until it is left', async () => {
  const { enter, leave, state } = await session().then((made) => ({
    ...made,
    leave: () => made.leave(),
  }))
  enter({ token: 'signed-in', account: ACCOUNT as never })
  expect(storage.get('token')).toBe('signed-in')
  answer(200, ok({}))
  await leave()
  expect([state.account, storage.has('token')]).toEqual([null, false])
})

test('signing in as another person clears the drafts of the one before', async () => {
  const { enter } = await session()
  const person = (name: string) => ({ ...ACCOUNT, name, id_number: '110***********1234' })
  enter({ token: 'one', account: person('张*') as never })
  storage.set('draft:chat', { at: Date.now(), values: {} })
  enter({ token: 'again', account: person('张*') as never })
  expect(storage.has('draft:chat')).toBe(true)
  enter({ token: 'two', account: person('李*') as never })
  expect(storage.has('draft:chat')).toBe(false)
})

test('an account lost to an expired session is told from one that was left', async () => {
  const { enter, forget, state } = await session()
  enter({ token: 'expires', account: ACCOUNT as never })
  const { tokens } = await import('@/api/tokens')
  answer(200, ok({ token: 'visitor', account: null }))
  await tokens.renewed('expires')
  expect([state.account, state.hasExpired]).toEqual([null, true])
  forget()
  expect(state.hasExpired).toBe(false)
})

test('a tab follows another one that changes the token of its account', async () => {
  const [tab, reload] = [new EventTarget(), vi.fn()]
  vi.stubGlobal('window', tab)
  vi.stubGlobal('location', { reload })
  const { followOtherTabs, useSession } = await import('@/session/session')
  followOtherTabs()
  const change = (key: string) => tab.dispatchEvent(Object.assign(new Event('storage'), { key }))
  change('token')
  useSession().enter({ token: 'signed-in', account: ACCOUNT as never })
  change('draft:chat')
  expect(reload).not.toHaveBeenCalled()
  change('token')
  expect(reload).toHaveBeenCalledOnce()
})

test('an account that was verified elsewhere is read anew', async () => {
  const made = await session()
  const { Refusal } = await import('@/api/refusal')
  answer(200, ok(ACCOUNT))
  made.heed(new Refusal('ALREADY_VERIFIED', '', 409))
  await vi.waitFor(() => expect(made.state.account).toEqual(ACCOUNT))
})
