// All texts of the front end; vue-i18n compiles by new Function, which the content policy forbids.
import titles from './titles.json'
import texts from './zh_CN.json'

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
