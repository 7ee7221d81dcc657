import { onShow } from '@dcloudio/uni-app'
import { onMounted, shallowRef } from 'vue'
import { useAction } from '@/refusal/use-action'

/**
 * Return what a page shows: read by `read` whenever the page comes to the front.
 *
 * `page` is for <LoadState>.
 */
export function useLoading<R>(read: () => Promise<R>) {
  const value = shallowRef<R | null>(null)
  const action = useAction(async () => {
    value.value = await read()
  })
  let isStarted = false
  let isAskedAgain = false
  /** Read now; asked for during a reading, once more after it, such as for another district. */
  async function load(): Promise<void> {
    isAskedAgain = action.isBusy.value
    if (isAskedAgain) return
    await action.run()
    if (isAskedAgain) await load()
  }
  function start(): void {
    isStarted = true
    if (!action.isBusy.value) void load()
  }
  onShow(start)
  // A part of a page that appears later does not hear that the page was shown.
  onMounted(() => {
    if (!isStarted) start()
  })
  return { value, page: { value, isBusy: action.isBusy, refusal: action.refusal, load } }
}
