import { expect, test } from 'vitest'
import type { Matter } from '@/api/types'
import { changedDetails, confirmable, refusable, headlineOf } from '@/pages/matters/parts/matter'

type State = 'pending' | 'confirmed' | 'refused' | 'lost'

function matter(state: string, lines: [State, string?][], more: object = {}): Matter {
  return {
    state,
    lines: lines.map(([line, reason = 'ok'], index) => ({ line_id: `${index}`, state: line, reason })),
    others: { total: 3, confirmed: 1 },
    needs: { ways: ['face', 'ctid'] },
    created_at: '2026-11-01T00:00:00+08:00',
    expires_at: '2026-12-01T00:00:00+08:00',
    office: { phone: '010-1' },
    ...more,
  } as unknown as Matter
}
const told = (...given: Parameters<typeof matter>) => {
  const { title, text, page } = headlineOf(matter(...given))
  return `${title}|${text}|${page ?? ''}`
}

test('the page says what is so and what to do next', () => {
  expect(told('waiting', [['pending'], ['confirmed']])).toMatch(/^请您本人确认\|.*刷脸/)
  expect(told('waiting', [['confirmed']])).toMatch(/^您已确认\|还有2人没有确认/)
  expect(told('confirmed', [['confirmed']], { others: { total: 1, confirmed: 1 } })).toMatch(/^全部人已确认/)
  expect(told('refused', [['pending']])).toBe('有人提出异议，业务已暂停|改好后会再通知您。|')
  expect(told('refused', [['refused', 'wrong_content']])).toMatch(/^您已拒绝：内容不对/)
  expect(told('accepted', [['confirmed']])).toMatch(/已受理\|不用再确认，可在“已办”里查看/)
  expect(told('withdrawn', [['pending']])).toMatch(/已撤回\|不用再确认；有疑问请打受理窗口电话010-1。/)
  expect(told('expired', [['pending']])).toMatch(/超过30天未办完，已失效；仍要办理请经办人重新发起。/)
})

test('a lost confirmation says why and where it is mended', () => {
  expect(told('waiting', [['lost', 'card_expired']])).toBe(
    '您的确认已失效（证件到期）|请处理后重新确认一次。|pages/account/identity-dates',
  )
  expect(told('waiting', [['lost', 'level_too_low']])).toMatch(/pages\/face\/index$/)
  expect(told('waiting', [['lost', 'outdated']])).toMatch(/^您的确认已失效（确认超过期限）.*\|$/)
})

test('a minor is sent to the window with a guardian', () => {
  expect(told('waiting', [['pending', 'minor']], { needs: { ways: ['window'] } })).toMatch(
    /未成年人请由监护人.*pages\/windows\/index$/,
  )
})

test('what waits with a held verification is not asked again', () => {
  expect(told('waiting', [['pending', 'held']])).toMatch(/^窗口已记下，等第二人复核\|.*不用再确认/)
  expect(told('waiting', [['pending', 'held'], ['pending']])).toMatch(/^请您本人确认/)
})

test('decisions can change until the matter ends', () => {
  const ids = (lines: { line_id: string }[]) => lines.map(({ line_id }) => line_id).join()
  const open = matter('waiting', [['pending'], ['confirmed'], ['lost']])
  expect([ids(confirmable(open)), ids(refusable(open))]).toEqual(['0,2', '0,1,2'])
  // Paused by another person nothing can be confirmed, but a refusal of one's own be taken back.
  expect(ids(confirmable(matter('refused', [['pending']])))).toBe('')
  expect(ids(confirmable(matter('refused', [['refused', 'unwilling'], ['confirmed']])))).toBe('0')
  const ended = matter('accepted', [['confirmed'], ['pending']])
  expect([ids(confirmable(ended)), ids(refusable(ended))]).toEqual(['', ''])
})

test('what was changed is marked', () => {
  const before = [
    { label: '注册资本', value: '100万元' },
    { label: '住所', value: '示例路1号' },
  ]
  const now = [{ label: '注册资本', value: '200万元' }, before[1]!, { label: '电话', value: '1' }]
  expect(changedDetails(before, now)).toEqual(['注册资本', '电话'])
})
