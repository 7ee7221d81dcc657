import { expect, test, vi } from 'vitest'

const hooks: Record<string, () => void> = {}
vi.mock('@dcloudio/uni-app', () => ({
  onShow: (work: () => void) => (hooks.show = work),
  onHide: (work: () => void) => (hooks.hide = work),
}))
vi.mock('vue', async (original) => ({
  ...(await original<object>()),
  onUnmounted: (work: () => void) => (hooks.unmounted = work),
}))

test('polls while the page is visible, until the time is over', async () => {
  vi.useFakeTimers()
  const { usePolling } = await import('@/ui/polling')
  const ask = vi.fn(async () => undefined)
  const polling = usePolling(ask, 1000)
  polling.start(10)
  await vi.advanceTimersByTimeAsync(3500)
  expect(ask).toHaveBeenCalledTimes(3)
  hooks.hide!()
  await vi.advanceTimersByTimeAsync(3000)
  expect(ask).toHaveBeenCalledTimes(3)
  hooks.show!()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(ask.mock.calls.length).toBeLessThan(8)
  polling.start(10)
  hooks.unmounted!()
  const before = ask.mock.calls.length
  hooks.show!()
  await vi.advanceTimersByTimeAsync(5000)
  expect(ask).toHaveBeenCalledTimes(before)
  vi.useRealTimers()
})

test('an answer after the page was hidden does not go on polling', async () => {
  vi.useFakeTimers()
  const { usePolling } = await import('@/ui/polling')
  let arrive = () => undefined as void
  const ask = vi.fn(() => new Promise<void>((resolve) => (arrive = resolve)))
  usePolling(ask, 1000).start(10)
  await vi.advanceTimersByTimeAsync(1000)
  hooks.hide!()
  arrive()
  await vi.advanceTimersByTimeAsync(5000)
  expect(ask).toHaveBeenCalledTimes(1)
  vi.useRealTimers()
})
