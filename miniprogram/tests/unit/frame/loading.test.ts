import { expect, test, vi } from 'vitest'

vi.mock('@dcloudio/uni-app', () => ({ onShow: (work: () => void) => work() }))
vi.mock('vue', async (original) => ({ ...(await original<object>()), onMounted: () => undefined }))

test('what was asked for during a reading is read after it', async () => {
  const { useLoading } = await import('@/frame/loading')
  let district = 'old'
  const arrive: (() => void)[] = []
  const read = vi.fn(async () => {
    const asked = district
    await new Promise<void>((resolve) => arrive.push(resolve))
    return asked
  })
  const { value, page } = useLoading(read)
  district = 'new'
  void page.load()
  void page.load()
  arrive[0]!()
  await vi.waitFor(() => expect(arrive).toHaveLength(2))
  arrive[1]!()
  await vi.waitFor(() => expect(value.value).toBe('new'))
  expect(read).toHaveBeenCalledTimes(2)
})
