import { expect, test } from 'vitest'
import { checkOf, endsOf, kindOf, KINDS, nameOf, nextWish, wishOf, type Wish } from '@/pages/names/wishes'

const wish = (changes: Partial<Wish>): Wish => ({ ...nextWish(), word: '红光', industry: '餐饮', ...changes })

test('every form belongs to the kind that it is listed under', () => {
  for (const kind of KINDS) for (const end of endsOf(kind)) expect([end, kindOf(end)]).toEqual([end, kind])
  expect(kindOf('集团有限公司')).toBe('company')
  expect(kindOf('集团股份有限公司')).toBe('joint_stock')
  expect(kindOf('门店（个人独资）')).toBe('sole')
  expect(kindOf('')).toBe('company')
})

test('the division stands where the wish has it', () => {
  expect(nameOf(wish({ division: '杭州' }))).toBe('杭州红光餐饮有限公司')
  expect(nameOf(wish({ division: '杭州', place: 'after_word' }))).toBe('红光（杭州）餐饮有限公司')
  expect(nameOf(wish({ division: '杭州', place: 'after_industry' }))).toBe('红光餐饮（杭州）有限公司')
  expect(nameOf(wish({ place: 'after_word' }))).toBe('红光餐饮有限公司')
})

test('another wish begins with the trade and form of the one before, and without its word', () => {
  const before = wish({ form: '店', industry_class: 'H62' })
  expect(nextWish(before)).toEqual({ ...before, word: '' })
})

test('a cut name becomes a wish without what only the service needs', () => {
  const parts = { ...wish({ division: '杭州' }), name: '杭州红光餐饮有限公司', district: '330106' }
  expect(wishOf(parts)).toEqual(wish({ division: '杭州' }))
})

test('what is sent names the seat, the kind if all wishes have one, and each investor', () => {
  const seat = { code: '330106', name: '浙江省杭州市西湖区' }
  const both = checkOf(seat, [wish({}), wish({ form: '店' })], '')
  expect(both).not.toHaveProperty('subject')
  expect(both.district).toBe('330106')
  expect(both.candidates[0]).not.toHaveProperty('division')
  const one = checkOf(seat, [wish({ division: '杭州' })], '红光集团有限公司、 青山有限公司，')
  expect(one.subject).toBe('company')
  expect(one.candidates[0]!.division).toBe('杭州')
  expect(one.investors).toEqual(['红光集团有限公司', '青山有限公司'])
})
