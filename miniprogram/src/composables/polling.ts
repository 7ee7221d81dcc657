import { onHide, onShow } from '@dcloudio/uni-app'
import { onUnmounted } from 'vue'

/** Return a clock that does `ask` every so many milliseconds, as long as the page is in front. */
export function usePolling(ask: () => Promise<unknown>, every: number) {
  let timer: ReturnType<typeof setTimeout> | undefined
  let until = 0
  let isInFront = true

  function next(): void {
    clearTimeout(timer)
    if (isInFront && Date.now() < until) timer = setTimeout(() => void turn(), every)
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
    isInFront = true
    next()
  })
  onHide(() => {
    isInFront = false
    clearTimeout(timer)
  })
  // The page goes on telling a part of it that is gone.
  onUnmounted(end)
  return {
    /** Begin, for so many seconds at most: it must not keep a session alive for ever. */
    start(seconds: number): void {
      until = Date.now() + seconds * 1000
      next()
    },
    end,
  }
}
