import { expect, test, vi } from 'vitest'

vi.mock('@dcloudio/uni-app', () => ({ onShow: () => undefined, onUnload: () => undefined }))

test('a second tap does not open a page twice, a later one does', async () => {
  vi.useFakeTimers()
  vi.stubGlobal('getCurrentPages', () => [{ route: 'pages/home/index' }])
  const opened: string[] = []
  Object.assign(uni, { navigateTo: ({ url }: { url: string }) => opened.push(url) })
  const { go } = await import('@/navigation/navigation')
  go('pages/windows/index')
  go('pages/windows/index')
  expect(opened).toEqual(['/pages/windows/index'])
  vi.advanceTimersByTime(600)
  go('pages/windows/index')
  expect(opened).toHaveLength(2)
  vi.useRealTimers()
})
