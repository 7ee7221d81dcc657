// What WeChat refuses on the phone: one table of its numbers and messages, each with a sentence, a report and a way round.
import { label, t } from '@/locale'
import { Refusal } from './refusal'
import { report } from './report'
import type { Action, ReportBody } from './types'

/** What was asked of WeChat. */
export type Door = 'phone' | 'message' | 'camera' | 'face' | 'nfc' | 'program' | 'file' | 'copy' | 'call'

/** Why it did not come; a sentence of a door is `platform.DOOR_TROUBLE`, else `platform.TROUBLE`. */
export type Trouble =
  | 'undeclared'
  | 'declined'
  | 'cancelled'
  | 'permission'
  | 'system'
  | 'quota'
  | 'switchedOff'
  | 'filtered'
  | 'banned'
  | 'template'
  | 'network'
  | 'capture'
  | 'slow'
  | 'device'
  | 'nfcOff'
  | 'old'
  | 'other'

/** What WeChat gives to `fail`, or with its button. */
export interface PlatformError {
  errno?: number
  errCode?: number
  errMsg?: string
}

/** What WeChat's button of the phone number gives: a code, or why there is none. */
export interface GivenPhone extends PlatformError {
  code?: string
}

const numbers = (trouble: Trouble, ...list: number[]) => list.map((number) => [number, trouble] as const)

/** errno of every door. */
const COMMON = new Map<number, Trouble>([
  ...numbers('cancelled', 101),
  ...numbers('permission', 103),
  ...numbers('declined', 104),
  ...numbers('undeclared', 112),
  ...numbers('quota', 1400001),
])
const OF_DOOR: Partial<Record<Door, Map<number, Trouble>>> = {
  // errCode of requestSubscribeMessage.
  message: new Map([
    ...numbers('network', 10002, 10003),
    ...numbers('cancelled', 10005),
    ...numbers('template', 10001, 10004, 20001, 20002, 20003, 20013),
    ...numbers('switchedOff', 20004),
    ...numbers('banned', 20005),
  ]),
  // errCode of requestFacialVerify, as WeChat's verify_ret.
  face: new Map([
    ...numbers('device', 90001, 90109),
    ...numbers('cancelled', 90002, 90003, 90004, 90005, 90006, 90024),
    ...numbers('network', 90007, 90012, 90019, 90020, 90021, 90022),
    ...numbers('permission', 90008, 90009, 90010),
    ...numbers('capture', 10002, 90011, 90013, 90014, 90023),
    ...numbers('slow', 90017, 90107),
  ]),
  nfc: new Map([...numbers('device', 13000), ...numbers('nfcOff', 13001)]),
}
/** What a message says where no number does. */
const MESSAGES: [RegExp, Trouble][] = [
  [/privacy.*(not|un)\s?declared|not declared in the privacy/i, 'undeclared'],
  [/privacy permission|user deny|user refuse/i, 'declined'],
  [/system permission|system auth|system deny/i, 'system'],
  [/auth\s?(deny|denied)|authorize no response|permission denied/i, 'permission'],
  [/cancel/i, 'cancelled'],
  [/time\s?out|network|interrupted/i, 'network'],
  [/not support|no such|can not find|is not a function/i, 'old'],
]
/** The user's own choice: told, but no fault to be reported. */
const CHOSEN: Trouble[] = ['declined', 'cancelled', 'nfcOff', 'switchedOff']
const SETTINGS: Partial<Record<Trouble, 'program' | 'system' | 'messages'>> = {
  permission: 'program',
  system: 'system',
  switchedOff: 'messages',
}
const KINDS: Partial<Record<Door, ReportBody['kind']>> = { phone: 'sms', face: 'face' }
const page = (name: string, path: string): Action => ({ type: 'page', label: name, page: path })
const WAYS: Partial<Record<Door, () => Action[]>> = {
  face: () => [page(t('platform.byCtid'), 'pages/ctid/index'), page(t('platform.atWindow'), 'pages/windows/index')],
  program: () => [page(t('platform.byFace'), 'pages/face/index'), page(t('platform.atWindow'), 'pages/windows/index')],
  phone: () => [page(t('platform.atWindow'), 'pages/windows/index')],
  camera: () => [page(t('platform.atWindow'), 'pages/windows/index')],
}

/** Return why WeChat refused: by its number, else by its message. */
export function troubleOf(door: Door, { errno, errCode, errMsg = '' }: PlatformError): Trouble {
  for (const number of [errno, errCode])
    if (number !== undefined) {
      const trouble = OF_DOOR[door]?.get(number) ?? COMMON.get(number)
      if (trouble) return trouble
    }
  return MESSAGES.find(([message]) => message.test(errMsg))?.[1] ?? 'other'
}

/** Report a refusal to the service and return what to show: a sentence, the settings and the ways round. */
export function phoneRefusal(door: Door, trouble: Trouble, detail = ''): Refusal {
  if (!CHOSEN.includes(trouble))
    report(trouble === 'network' ? 'network' : (KINDS[door] ?? 'other'), `${door}.${trouble}`, detail)
  const own = `${door}_${trouble}`
  const special = label('platform', own)
  const message = special === own ? label('platform', trouble) : special
  const actions = WAYS[door]?.() ?? []
  return new Refusal(
    door === 'face' ? 'FACE_NOT_FINISHED' : 'PLATFORM_REFUSED',
    message,
    422,
    { cause: trouble, settings: SETTINGS[trouble] },
    actions.length
      ? { case: door === 'face' ? 12 : null, slug: '', title: t('platform.title'), steps: [], actions }
      : null,
  )
}

/** The refusal of what WeChat gave to `fail`. */
export function platformRefusal(door: Door, error: PlatformError): Refusal {
  const detail = [error.errno, error.errCode, error.errMsg].filter(Boolean).join(' ')
  return phoneRefusal(door, troubleOf(door, error), detail)
}

// #ifdef MP-WEIXIN
/** Open the settings that lift a refusal: of this program, of WeChat in the system, of its messages. */
export function openSettings(settings: unknown): void {
  if (settings === 'system' && wx.openAppAuthorizeSetting) wx.openAppAuthorizeSetting()
  else uni.openSetting({ withSubscriptions: settings === 'messages' })
}
// #endif
