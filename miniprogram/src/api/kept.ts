// What the program keeps on this device about a person: session, drafts, keys of writes. On a shared
// computer it lies in the tab alone, which the browser forgets when it closes.
const PERSONAL = /^(draft:|(token|visitor|device|owner|writes|seen-tickets)$)/
const SHARED = 'shared-computer'
const AREA = 'kept:'

let tab: Storage | null = null
// #ifdef H5
if (sessionStorage.getItem(SHARED)) tab = sessionStorage
// #endif

export const kept = {
  /** Whether this is a shared computer, as its user or the service said. */
  isShared: (): boolean => tab !== null,

  /** Return what is kept under a key, '' for nothing. */
  read<T>(key: string): T | '' {
    if (!tab) return uni.getStorageSync(key) as T | ''
    const text = tab.getItem(AREA + key)
    return text === null ? '' : (JSON.parse(text) as T)
  },

  write(key: string, value: unknown): void {
    if (tab) tab.setItem(AREA + key, JSON.stringify(value))
    else uni.setStorageSync(key, value)
  },

  remove(key: string): void {
    if (tab) tab.removeItem(AREA + key)
    else uni.removeStorageSync(key)
  },

  keys(): string[] {
    if (!tab) return uni.getStorageInfoSync().keys
    return Object.keys(tab)
      .filter((name) => name.startsWith(AREA))
      .map((name) => name.slice(AREA.length))
  },

  // #ifdef H5
  /** From now on keep everything in this tab alone, also what is there already. */
  share(): void {
    if (tab) return
    const before = uni.getStorageInfoSync().keys.filter((key) => PERSONAL.test(key))
    const values = before.map((key) => [key, uni.getStorageSync(key)] as const)
    tab = sessionStorage
    tab.setItem(SHARED, 'yes')
    for (const [key, value] of values) {
      kept.write(key, value)
      uni.removeStorageSync(key)
    }
  },
  // #endif
}
