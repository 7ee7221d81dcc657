import { onHide, onShow } from '@dcloudio/uni-app'
import { onUnmounted } from 'vue'

/** Poll with `ask` every so many milliseconds while the page is visible. */
export function usePolling(ask: () => Promise<unknown>, every: number) {
  let timer: ReturnType<typeof setTimeout> | undefined
  let until = 0
  let isVisible = true

  function next(): void {
    clearTimeout(timer)
    if (isVisible && Date.now() < until) timer = setTimeout(() => void turn(), every)
  }
  async function turn(): Promise<void> {
    await ask()
    next()
  }
  function end(): void {
    until = 0
    clearTimeout(timer)
  }
  onShow(() => {
    isVisible = true
    next()
  })
  onHide(() => {
    isVisible = false
    clearTimeout(timer)
  })
  // Page hooks still run after unmounting.
  onUnmounted(end)
  return {
    /** Begin, for so many seconds at most, so that a session can expire. */
    start(seconds: number): void {
      until = Date.now() + seconds * 1000
      next()
    },
    end,
  }
}
