import { expect, test } from 'vitest'
import { answer, asked, ok } from '../phone'
import type { Door, PlatformError, Trouble } from '@/api/platform'

const { platformRefusal, troubleOf } = await import('@/api/platform')

// Every documented number and message: door, what WeChat gives, the trouble.
const TABLE: [Door, PlatformError, Trouble][] = [
  ['phone', { errno: 112 }, 'undeclared'],
  [
    'camera',
    { errno: 112, errMsg: 'chooseMedia:fail api scope is not declared in the privacy agreement' },
    'undeclared',
  ],
  ['phone', { errno: 104, errMsg: 'getPhoneNumber:fail privacy permission is not authorized' }, 'declined'],
  ['phone', { errMsg: 'getPhoneNumber:fail user deny' }, 'declined'],
  ['phone', { errno: 1400001, errMsg: 'getRealtimePhoneNumber:fail' }, 'quota'],
  ['phone', { errMsg: 'getPhoneNumber:fail' }, 'other'],
  ['camera', { errMsg: 'chooseMedia:fail cancel' }, 'cancelled'],
  ['camera', { errno: 103, errMsg: 'chooseMedia:fail auth deny' }, 'permission'],
  ['camera', { errMsg: 'chooseMedia:fail auth denied' }, 'permission'],
  ['camera', { errMsg: 'chooseMedia:fail system permission denied' }, 'system'],
  ['message', { errCode: 20004 }, 'switchedOff'],
  ['message', { errCode: 10002 }, 'network'],
  ['message', { errCode: 10003 }, 'network'],
  ['message', { errCode: 10005 }, 'cancelled'],
  ['message', { errCode: 20005 }, 'banned'],
  ...[10001, 10004, 20001, 20002, 20003, 20013].map(
    (errCode) => ['message', { errCode }, 'template'] as [Door, PlatformError, Trouble],
  ),
  ['nfc', { errCode: 13000 }, 'device'],
  ['nfc', { errCode: 13001 }, 'nfcOff'],
  ['program', { errMsg: 'navigateToMiniProgram:fail cancel' }, 'cancelled'],
  ['program', { errMsg: 'navigateToMiniProgram:fail invalid appid' }, 'other'],
  ...[90002, 90003, 90004, 90005, 90006, 90024].map(
    (errCode) => ['face', { errCode }, 'cancelled'] as [Door, PlatformError, Trouble],
  ),
  ...[90007, 90012, 90019, 90020, 90021, 90022].map(
    (errCode) => ['face', { errCode }, 'network'] as [Door, PlatformError, Trouble],
  ),
  ...[90008, 90009, 90010].map((errCode) => ['face', { errCode }, 'permission'] as [Door, PlatformError, Trouble]),
  ...[10002, 90011, 90013, 90014, 90023].map(
    (errCode) => ['face', { errCode }, 'capture'] as [Door, PlatformError, Trouble],
  ),
  ...[90017, 90107].map((errCode) => ['face', { errCode }, 'slow'] as [Door, PlatformError, Trouble]),
  ...[90001, 90109].map((errCode) => ['face', { errCode }, 'device'] as [Door, PlatformError, Trouble]),
  ...[90015, 90016, 90018, 90025, 90104, 90105, 90106, 90110, 90199].map(
    (errCode) => ['face', { errCode }, 'other'] as [Door, PlatformError, Trouble],
  ),
]

test.each(TABLE)('%s %j is %s, with a sentence and without silence', (door, error, trouble) => {
  answer(200, ok({}))
  expect(troubleOf(door, error)).toBe(trouble)
  const refusal = platformRefusal(door, error)
  expect(refusal.message).toMatch(/。$/)
  expect(refusal.message).not.toContain('繁忙')
})

const sent = async (door: Door, error: PlatformError) => {
  asked.length = 0
  // The first report logs in.
  answer(200, ok({ token: 't', account: null }))
  answer(200, ok({}))
  const refusal = platformRefusal(door, error)
  await new Promise((resolve) => setTimeout(resolve, 5))
  const reports = asked.filter(({ url }) => url.endsWith('/client-reports'))
  return { refusal, bodies: reports.map(({ data }) => JSON.parse(data!)) }
}

test('a fault is reported with what WeChat said, a choice of the user is not', async () => {
  const denied = await sent('face', { errCode: 90010, errMsg: 'denied' })
  expect(denied.bodies).toEqual([{ kind: 'face', step: 'face.permission', detail: '90010 denied' }])
  expect((await sent('phone', { errno: 1400001 })).bodies[0]).toMatchObject({ kind: 'sms', step: 'phone.quota' })
  expect((await sent('message', { errCode: 10003 })).bodies[0]).toMatchObject({ kind: 'network' })
  for (const chosen of [{ errno: 104 }, { errMsg: 'fail user deny' }, { errCode: 20004 }])
    expect((await sent('message', chosen)).bodies).toEqual([])
})

test('a refusal names the way round and the settings that lift it', async () => {
  const { refusal } = await sent('face', { errCode: 90008 })
  expect(refusal.help!.actions.map(({ page }) => page)).toEqual(['pages/ctid/index', 'pages/windows/index'])
  expect(refusal.data.settings).toBe('program')
  expect((await sent('message', { errCode: 20004 })).refusal.data.settings).toBe('messages')
  expect((await sent('camera', { errMsg: 'fail system permission denied' })).refusal.data.settings).toBe('system')
  expect((await sent('phone', { errno: 1400001 })).refusal.message).toContain('短信验证码')
})
