import { expect, test } from 'vitest'
import { answer, asked, ok, storage } from './phone'

const ACCOUNT = { status: 'verified', level: 4 }
const session = async () => (await import('@/composables/session')).useSession()

test('a visitor is not asked for an account that cannot be there', async () => {
  storage.delete('token')
  answer(200, ok({ token: 'visitor', account: null }))
  expect(await (await session()).refresh()).toBeNull()
  expect(asked.map(({ url }) => url)).toEqual(['/api/v1/web/login'])
})

test('a kept token is asked what it stands for', async () => {
  answer(200, ok(ACCOUNT))
  expect(await (await session()).refresh()).toEqual(ACCOUNT)
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
