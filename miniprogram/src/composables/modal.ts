import { nextTick, watch } from 'vue'
import { focusTitle } from './focus'

const STOPS = 'button, input, select, textarea, a[href]'

/** In a browser, keep the focus inside the dialog of this id while it is open; Escape closes it. */
export function useModal(id: string, isOpen: () => boolean, close: () => void): void {
  // #ifdef H5
  let opener: HTMLElement | null = null
  watch(isOpen, async (is) => {
    if (is) opener = document.activeElement as HTMLElement
    await nextTick()
    const box = document.getElementById(id)
    box?.addEventListener('keydown', (event) => onKey(event, box))
    if (is) box?.focus()
    else if (opener?.isConnected) opener.focus()
    else focusTitle()
  })
  function onKey(event: KeyboardEvent, box: HTMLElement): void {
    if (event.key === 'Escape') close()
    if (event.key !== 'Tab') return
    const stops = box.querySelectorAll<HTMLElement>(STOPS)
    const [first, last] = [stops[0], stops[stops.length - 1]]
    const isAtStart = [first, box].includes(document.activeElement as HTMLElement)
    if (event.shiftKey ? !isAtStart : document.activeElement !== last) return
    ;(event.shiftKey ? last : first)?.focus()
    event.preventDefault()
  }
  // #endif
}
