import { onShow } from '@dcloudio/uni-app'
import { shallowRef } from 'vue'
import { useAction } from './action'

/** Return what a page shows: read by `read` whenever the page comes to the front. */
export function useLoading<R>(read: () => Promise<R>) {
  const value = shallowRef<R | null>(null)
  const action = useAction(async () => {
    value.value = await read()
  })
  onShow(() => void action.run())
  return { value, isBusy: action.isBusy, refusal: action.refusal, load: () => action.run() }
}
