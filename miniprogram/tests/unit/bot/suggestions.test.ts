import { expect, test } from 'vitest'
import { toSuggestFor } from '@/bot/suggestions'

test('numbers of a person and long texts are not asked for suggestions', () => {
  const numbers = ['138 0000 0011', '我的号码是１３８００００００１１', '幺三八零零零零零零幺幺', '11010119900307990X']
  expect(numbers.map(toSuggestFor)).toEqual(['', '', '', ''])
  expect(toSuggestFor('199号段收不到验证码')).toBe('199号段收不到验证码')
  expect(toSuggestFor('问'.repeat(300))).toHaveLength(50)
})
