import { expect, test } from 'vitest'
import { answer, ok, storage } from '../phone'

test('a district that no window serves is dropped', async () => {
  storage.set('district', '旧区')
  const { useDistrict } = await import('@/windows/district')
  const { state, load } = useDistrict()
  answer(200, ok({ windows: [{ districts: ['禹会区', '蚌山区'] }] }))
  await load()
  expect([state.district, storage.get('district'), state.names.length]).toEqual(['', '', 2])
})
