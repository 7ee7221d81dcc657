import { beforeEach, expect, test, vi } from 'vitest'
import { Refusal } from '@/api/refusal'
import type { Action } from '@/api/types'
import { actionsOf } from '@/refusal/buttons'

let route = 'pages/ctid/index'
let options = {}
vi.stubGlobal('getCurrentPages', () => [{ route, options }])
beforeEach(() => {
  route = 'pages/ctid/index'
  options = {}
})

const retry = (step: string): Action => ({ type: 'retry', label: step, retry: step })
const WINDOWS: Action = { type: 'page', label: '查看窗口', page: 'pages/windows/index' }

function refusal(code: string, status: number, actions: Action[], data = {}): Refusal {
  return new Refusal(code, '', status, data, { case: null, slug: '', title: '', steps: [], actions })
}
const shown = (of: Refusal, hasOwnRetry = false) =>
  actionsOf(of, hasOwnRetry).map(({ type, page, label }) => (type === 'page' ? page : `${type} ${label}`))

test('a wrong code is not sent again by the button that promises a new one', () => {
  expect(shown(refusal('SMS_CODE_WRONG', 422, [retry('sms_code'), WINDOWS]))).toEqual(['pages/windows/index'])
  const limited = refusal('SMS_RATE_LIMITED', 429, [retry('sms_code')], { retry_after: 60 })
  expect(shown(limited)).toEqual(['retry sms_code'])
})

test('a face check is done on its own page, and named once', () => {
  const actions = [retry('face'), WINDOWS]
  expect(shown(refusal('CTID_REJECTED', 422, actions))).toEqual(['pages/face/index', 'pages/windows/index'])
  const face: Action = { type: 'page', label: '去刷脸', page: 'pages/face/index' }
  expect(shown(refusal('LEVEL_TOO_LOW', 403, [face, retry('face')]))).toEqual(['pages/face/index'])
})

test('a page with its own button shows no other that repeats the call', () => {
  const busy = refusal('IDENTITY_SOURCE_BUSY', 503, [retry('face'), WINDOWS])
  expect(shown(busy, true)).toEqual(['pages/windows/index'])
  expect(shown(refusal('ACTIVATION_EXPIRED', 404, [retry('activation')]))).toEqual(['retry activation'])
})

test('the page of CTID is no way where it cannot stand for the face check', () => {
  const ctid: Action = { type: 'page', label: '改用网证', page: 'pages/ctid/index' }
  const mismatch = refusal('FACE_MISMATCH', 422, [retry('face'), ctid, WINDOWS])
  route = 'pages/face/index'
  expect(shown(mismatch, true)).toEqual(['pages/ctid/index', 'pages/windows/index'])
  route = 'pages/matters/confirm'
  expect(shown(mismatch, true)).toEqual(['pages/windows/index'])
  // It raises the level that a matter needs.
  expect(shown(refusal('LEVEL_TOO_LOW', 403, [ctid]))).toEqual(['pages/ctid/index'])
})

test('a browser shows no button that works only in WeChat', () => {
  const wechat: Action = { type: 'page', label: '用微信手机号验证', page: 'pages/wechat-phone/index' }
  expect(shown(refusal('SMS_CODE_WRONG', 422, [wechat, WINDOWS]))).toEqual(['pages/windows/index'])
})

test('no button opens the visible page once more', () => {
  const ticket: Action = { type: 'ticket', label: '申请复核身份信息', ticket: 'identity_review' }
  const review = refusal('INVALID_INPUT', 422, [ticket, WINDOWS])
  route = 'pages/tickets/index'
  options = { kind: 'identity_review', conversation: '1' }
  expect(shown(review)).toEqual(['pages/windows/index'])
  options = { kind: 'complaint' }
  expect(shown(review)).toEqual(['ticket 申请复核身份信息', 'pages/windows/index'])
  route = 'pages/windows/index'
  options = {}
  expect(shown(review)).toEqual(['ticket 申请复核身份信息'])
})

test('dates are corrected only where the face of the own account is checked', () => {
  const dates: Action = { type: 'page', label: '改正证件有效期', page: 'pages/account/identity-dates' }
  const missing = refusal('FACE_DATA_MISSING', 422, [dates])
  route = 'pages/matters/confirm'
  expect(shown(missing, true)).toEqual(['pages/account/identity-dates'])
  route = 'pages/handover/index'
  expect(shown(missing, true)).toEqual([])
})

test('a login that WeChat refused is tried again with a new code', () => {
  expect(actionsOf(new Refusal('WECHAT_CODE_INVALID', '', 401)).map(({ type }) => type)).toEqual(['retry'])
})

test('a lock that a code opens has no clock', () => {
  const locked = refusal('ACCOUNT_LOCKED', 423, [retry('clear_limit')], { needs_code: true, retry_after: 86400 })
  expect(locked.retryAfter).toBe(0)
  expect(shown(locked)).toEqual([])
})

test('a program that is too old has no button but that of the update', () => {
  expect(shown(refusal('CLIENT_OUTDATED', 426, [WINDOWS]))).toEqual([])
})
