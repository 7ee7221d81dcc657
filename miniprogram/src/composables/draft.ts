import { reactive, watch } from 'vue'
import { usePhoneProof } from './phone-proof'

const DAY = 24 * 3600 * 1000

interface Kept<T> {
  at: number
  values: Partial<T>
}

/**
 * Return a form whose values survive the end of the program.
 *
 * `initial` names the fields that are kept for a day on this phone; passwords and codes must not be
 * among them. `clear` forgets them once the form has done its work.
 */
export function useDraft<T extends Record<string, unknown>>(name: string, initial: T) {
  const key = `draft:${name}`
  const kept = uni.getStorageSync(key) as Kept<T> | ''
  const isFresh = kept && Date.now() - kept.at < DAY
  const form = reactive({ ...initial, ...(isFresh ? kept.values : {}) }) as T

  const stop = watch(form, (values) => uni.setStorageSync(key, { at: Date.now(), values: { ...values } }), {
    deep: true,
    flush: 'sync',
  })
  return {
    form,
    clear(): void {
      stop()
      uni.removeStorageSync(key)
    },
  }
}

/** Return what another form keeps. */
export function draftOf(name: string): Record<string, unknown> {
  const kept = uni.getStorageSync(`draft:${name}`) as Kept<Record<string, unknown>> | ''
  return kept && Date.now() - kept.at < DAY ? kept.values : {}
}

/** Lay values into the draft of another form, which shows them when it opens. */
export function carry(name: string, values: Record<string, unknown>): void {
  uni.setStorageSync(`draft:${name}`, { at: Date.now(), values: { ...draftOf(name), ...values } })
}

/** Forget what a form keeps. */
export function dropDraft(name: string): void {
  uni.removeStorageSync(`draft:${name}`)
}

const OWNER = 'owner'

/** Forget all drafts and whose they were, for example on a shared phone after signing out. */
export function clearDrafts(): void {
  for (const key of uni.getStorageInfoSync().keys) {
    if (key.startsWith('draft:')) uni.removeStorageSync(key)
  }
  // Id of a visitor: removed so that the next user does not see these tickets.
  uni.removeStorageSync('device')
  uni.removeStorageSync(OWNER)
  usePhoneProof().clear()
}

/** Forget the drafts when another person than the last one signs in on this phone. */
export function keepDraftsOf(owner: string): void {
  const before = uni.getStorageSync(OWNER)
  if (before === owner) return
  if (before) clearDrafts()
  uni.setStorageSync(OWNER, owner)
}
