import { onUnmounted, ref } from 'vue'

/** Return seconds that run down to 0 by the wall clock, also while the program sleeps. */
export function useCountdown() {
  const left = ref(0)
  let end = 0
  let timer: ReturnType<typeof setInterval> | undefined

  function tick(): void {
    left.value = Math.max(0, Math.ceil((end - Date.now()) / 1000))
    if (left.value === 0) clearInterval(timer)
  }
  function start(seconds: number): void {
    clearInterval(timer)
    end = Date.now() + seconds * 1000
    tick()
    if (left.value > 0) timer = setInterval(tick, 500)
  }
  onUnmounted(() => clearInterval(timer))
  return { left, start }
}
