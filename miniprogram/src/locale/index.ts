// All texts of the front end, a file for each room and page of src/; vue-i18n compiles by new Function, which the content policy forbids.
import titles from './titles.json'
import api from './zh_CN/api.json'
import bot from './zh_CN/bot.json'
import enrolment from './zh_CN/enrolment.json'
import fields from './zh_CN/fields.json'
import frame from './zh_CN/frame.json'
import messages from './zh_CN/messages.json'
import navigation from './zh_CN/navigation.json'
import nextStep from './zh_CN/next-step.json'
import account from './zh_CN/pages/account.json'
import activation from './zh_CN/pages/activation.json'
import announcements from './zh_CN/pages/announcements.json'
import catalogue from './zh_CN/pages/catalogue.json'
import chat from './zh_CN/pages/chat.json'
import ctid from './zh_CN/pages/ctid.json'
import face from './zh_CN/pages/face.json'
import faq from './zh_CN/pages/faq.json'
import handover from './zh_CN/pages/handover.json'
import home from './zh_CN/pages/home.json'
import lost from './zh_CN/pages/lost.json'
import matters from './zh_CN/pages/matters.json'
import names from './zh_CN/pages/names.json'
import passwordReset from './zh_CN/pages/password-reset.json'
import privacy from './zh_CN/pages/privacy.json'
import register from './zh_CN/pages/register.json'
import signIn from './zh_CN/pages/sign-in.json'
import tickets from './zh_CN/pages/tickets.json'
import wechatPhone from './zh_CN/pages/wechat-phone.json'
import windowsPages from './zh_CN/pages/windows.json'
import personCheck from './zh_CN/person-check.json'
import phone from './zh_CN/phone.json'
import refusal from './zh_CN/refusal.json'
import ui from './zh_CN/ui.json'
import windows from './zh_CN/windows.json'

export const texts = {
  ...api,
  ...bot,
  ...enrolment,
  ...fields,
  ...frame,
  ...messages,
  ...navigation,
  ...nextStep,
  ...account,
  ...activation,
  ...announcements,
  ...catalogue,
  ...chat,
  ...ctid,
  ...face,
  ...faq,
  ...handover,
  ...home,
  ...lost,
  ...matters,
  ...names,
  ...passwordReset,
  ...privacy,
  ...register,
  ...signIn,
  ...tickets,
  ...wechatPhone,
  ...windowsPages,
  ...personCheck,
  ...phone,
  ...refusal,
  ...ui,
  ...windows,
}

export type Key = keyof typeof texts

/** What stands for each `{name}` in a text. */
type Values = Record<string, string | number>

/** Return a text. */
export const t = (key: Key, values: Values = {}): string => filled(texts[key] ?? key, values)

/** Return the text of a value that the service names, such as a state; the value itself without one. */
export const label = (room: string, value: string, values: Values = {}): string =>
  filled((texts as Record<string, string>)[`${room}.${value}`] ?? value, values)

const filled = (text: string, values: Values): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))

/** Return the title of a page: `pages/…`. */
export const titleOf = (page: string): string => (titles as Record<string, string>)[page] ?? ''
