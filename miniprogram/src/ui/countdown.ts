import { onUnmounted, ref } from 'vue'

/** When named clocks end, for a component that is opened anew. */
const ends = new Map<string, number>()

/**
 * Return seconds that run down to 0 by the wall clock, also while the program sleeps.
 *
 * A clock with a `name` runs on by `resume`, also in another component.
 */
export function useCountdown(name?: () => string) {
  const left = ref(0)
  let end = 0
  let timer: ReturnType<typeof setInterval> | undefined

  function tick(): void {
    left.value = Math.max(0, Math.ceil((end - Date.now()) / 1000))
    if (left.value === 0) clearInterval(timer)
  }
  function run(until: number): void {
    clearInterval(timer)
    end = until
    tick()
    if (left.value > 0) timer = setInterval(tick, 500)
  }
  function start(seconds: number): void {
    run(Date.now() + seconds * 1000)
    if (name) ends.set(name(), end)
  }
  function resume(): void {
    if (name) run(ends.get(name()) ?? 0)
  }
  onUnmounted(() => clearInterval(timer))
  return { left, start, resume }
}
