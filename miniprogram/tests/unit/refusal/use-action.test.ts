import { expect, test } from 'vitest'
import { Refusal } from '@/api/refusal'
import { useAction } from '@/refusal/use-action'

test('a second tap while the first runs does nothing', async () => {
  let calls = 0
  let finish: () => void = () => undefined
  const action = useAction(() => {
    calls += 1
    return new Promise<void>((resolve) => (finish = resolve))
  })
  const first = action.run()
  await action.run()
  expect([calls, action.isBusy.value]).toEqual([1, true])
  finish()
  await first
  expect(action.isBusy.value).toBe(false)
})

test('a refusal is kept for its card and its fields, until the next try', async () => {
  const fields = [{ field: 'name', code: 'empty', message: '请填写姓名' }]
  let isRefused = true
  const action = useAction(async (value: string) => {
    if (isRefused) throw new Refusal('INVALID_INPUT', '请改正', 422, { fields })
    return value
  })
  expect(await action.run('张')).toBeUndefined()
  expect(action.problem('name')).toEqual(fields[0])
  expect(action.problem('phone')).toBeUndefined()
  isRefused = false
  expect(await action.run('张')).toBe('张')
  expect(action.refusal.value).toBeNull()
})

test('what no input of the page shows is said by the card', async () => {
  const fields = ['image', 'name'].map((field) => ({ field, code: 'c', message: `${field} is wrong` }))
  const action = useAction(() => Promise.reject(new Refusal('INVALID_INPUT', 'see below', 422, { fields })))
  await action.run()
  expect(action.refusal.value?.sentences).toEqual(['image is wrong', 'name is wrong'])
  action.problem('name')
  expect(action.refusal.value?.sentences).toEqual(['see below', 'image is wrong'])
  action.problem('image')
  expect(action.refusal.value?.sentences).toEqual(['see below'])
})

test('an error of the program itself is not hidden', async () => {
  const action = useAction(() => Promise.reject(new TypeError('wrong')))
  await expect(action.run()).rejects.toThrow(TypeError)
  expect(action.isBusy.value).toBe(false)
})
