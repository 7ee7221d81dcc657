import { nextTick, onUnmounted, watch } from 'vue'
import { focusTitle } from '@platform/ui/focus'

const STOPS = 'button, input, select, textarea, a[href]'

/** In a browser, keep the focus inside the dialog of this id while it is open; Escape closes it. */
export function useModal(id: string, isOpen: () => boolean, close: () => void): void {
  // #ifdef H5
  let opener: HTMLElement | null = null
  watch(isOpen, async (is) => {
    if (is) opener = document.activeElement as HTMLElement
    // Heard by the document: the focus may be lost for a moment.
    if (is) document.addEventListener('keydown', onKey)
    else stop()
    await nextTick()
    if (is) document.getElementById(id)?.focus()
    else if (opener?.isConnected) opener.focus()
    else focusTitle()
  })
  onUnmounted(stop)
  function stop(): void {
    document.removeEventListener('keydown', onKey)
  }
  function onKey(event: KeyboardEvent): void {
    const box = document.getElementById(id)
    // Another page lies on top.
    if (!box) return
    if (event.key === 'Escape') close()
    if (event.key !== 'Tab') return
    const stops = box.querySelectorAll<HTMLElement>(STOPS)
    const [first, last] = [stops[0], stops[stops.length - 1]]
    const now = document.activeElement
    const isInside = now !== box && box.contains(now)
    if (isInside && now !== (event.shiftKey ? first : last)) return
    ;(event.shiftKey ? last : first)?.focus()
    event.preventDefault()
  }
  // #endif
}
