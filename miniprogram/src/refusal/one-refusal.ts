import { computed, onUnmounted, shallowRef, watch, type ShallowRef } from 'vue'
import type { Refusal } from '@/api/refusal'
import { openedPage } from '@/navigation/navigation'
import { useSession } from '@/session/session'

/** The card of each page that shows its refusal: the newest; an older one does not come back. */
const newest = new WeakMap<object, ShallowRef<symbol | null>>()
/** Refusals of a session: they are over once the user has signed in again. */
const OF_SESSION = ['UNAUTHENTICATED', 'ACCOUNT_REQUIRED']

/** Tell whether a card shows its refusal: of several on a page, the newest alone. */
export function useOneRefusal(refusal: () => Refusal | null) {
  const page = openedPage()
  const shown = newest.get(page) ?? shallowRef<symbol | null>(null)
  newest.set(page, shown)
  const { state } = useSession()
  const card = Symbol('refusal')
  let entered = state.entered

  function leave(): void {
    if (shown.value === card) shown.value = null
  }
  watch(
    refusal,
    (one) => {
      leave()
      entered = state.entered
      // Warnings are confirmed in the form, beside what they say.
      if (one && !one.warnings.length) shown.value = card
    },
    { immediate: true },
  )
  onUnmounted(leave)
  return computed(() => {
    const isOver = entered !== state.entered && OF_SESSION.includes(refusal()?.code ?? '')
    return shown.value === card && !isOver
  })
}
