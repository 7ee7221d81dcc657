// All texts of the front end; vue-i18n compiles by new Function, which the content policy forbids.
import titles from './titles.json'
import texts from './zh_CN.json'

export type Key = keyof typeof texts

/** Return a text; `{name}` in it is replaced by the value of that name. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const text: string = texts[key] ?? key
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

/** Return the text of a value that the service names, such as a state; the value itself without one. */
export function label(room: string, value: string): string {
  return (texts as Record<string, string>)[`${room}.${value}`] ?? value
}

/** Return the title of a page: `pages/…`. */
export const titleOf = (page: string): string => (titles as Record<string, string>)[page] ?? ''
