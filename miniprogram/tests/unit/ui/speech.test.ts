import { expect, test } from 'vitest'
import { spokenParts } from '@/ui/speech'

test('a text is spoken in whole sentences of few characters', () => {
  const long = '甲'.repeat(90)
  expect(spokenParts(`第一句。第二句！\n${long}。${long}。`)).toEqual([`第一句。第二句！${long}。`, `${long}。`])
  expect(spokenParts(' \n ')).toEqual([])
})
