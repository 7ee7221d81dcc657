import { expect, test } from 'vitest'
import { texts } from '@/locale'

/** Words of others for what the FAQ names otherwise, and official words. */
const AVOIDED = [
  '附近的窗口',
  '智能客服',
  '用户名',
  '身份证号码',
  '实名级别',
  '身份认证',
  '转信息中心',
  '台账',
  '驳回',
  '提请',
  '工单',
  '手机号码',
  '开始日期',
  '截止日期',
  '发送验证码',
]

test.each(AVOIDED)('no text says %s', (word) => {
  // The name of another program.
  const found = Object.values(texts).filter((text) => text.replace('国家网络身份认证', '').includes(word))
  expect(found).toEqual([])
})
