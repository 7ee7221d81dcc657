import { expect, test } from 'vitest'
import { isReadable, onPaper } from '@/pages/matters/signature/strokes'

test('a point of the screen is the same point of the paper, upright and turned', () => {
  const upright = { left: 16, top: 100, width: 200, height: 100 }
  expect(onPaper(16 + 50, 100 + 25, upright)).toEqual({ x: 250, y: 125 })
  // Turned to the right: the paper's top is at the right, its left at the top.
  const turned = { left: 0, top: 0, width: 100, height: 200 }
  expect(onPaper(75, 50, turned)).toEqual({ x: 250, y: 125 })
})

test('an empty, flat or tiny signature is not readable', () => {
  const line = (x: number, y: number) => [
    { x: 100, y: 100 },
    { x: 100 + x, y: 100 + y },
  ]
  expect(isReadable([])).toBe(false)
  expect(isReadable([line(800, 5)])).toBe(false)
  expect(isReadable([line(60, 60)])).toBe(false)
  expect(isReadable([line(300, 60)])).toBe(true)
  expect(isReadable([line(300, 5), line(5, 60)])).toBe(true)
})
