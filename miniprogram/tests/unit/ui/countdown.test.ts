import { expect, test, vi } from 'vitest'
import { useCountdown } from '@/ui/countdown'

vi.mock('vue', async (original) => ({ ...(await original<object>()), onUnmounted: () => undefined }))

test('a named clock runs on in another component, each name by itself', () => {
  vi.useFakeTimers()
  useCountdown(() => 'register 138').start(60)
  vi.advanceTimersByTime(10_000)
  for (const [name, left] of [
    ['register 138', 50],
    ['register 139', 0],
  ] as const) {
    const opened = useCountdown(() => name)
    opened.resume()
    expect(opened.left.value).toBe(left)
  }
  vi.useRealTimers()
})
