import { expect, test, vi } from 'vitest'

test('a token is taken from the platform of 网证 alone', async () => {
  vi.stubEnv('VITE_CTID_APPID', 'wx-ctid')
  const { tokenIn } = await import('@/person-check/ctid')
  const extraData = { ctid_token: 'ctid-ok' }
  expect(tokenIn({ referrerInfo: { appId: 'wx-ctid', extraData } })).toBe('ctid-ok')
  expect(tokenIn({ referrerInfo: { appId: 'wx-other', extraData } })).toBe('')
  expect(tokenIn({ referrerInfo: { appId: 'wx-ctid' } })).toBe('')
  expect(tokenIn({})).toBe('')
})
