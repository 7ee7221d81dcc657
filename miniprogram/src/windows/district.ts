// The user's district: asked once, then known on this phone.
import { reactive } from 'vue'
import { get } from '@/api/client'

const KEY = 'district'
const state = reactive({ district: (uni.getStorageSync(KEY) || '') as string, names: [] as string[] })

function set(name: string): void {
  state.district = name
  uni.setStorageSync(KEY, name)
}

/** Return the district, the names to choose from, and the ways to read and to set them. */
export function useDistrict() {
  return {
    state,
    set,

    /** Read the districts that the windows serve. Raises Refusal. */
    async load(): Promise<void> {
      if (state.names.length) return
      const { windows } = await get('/windows')
      state.names = [...new Set(windows.flatMap(({ districts }) => districts))].sort()
      // A district that no window serves any more would be refused.
      if (state.district && !state.names.includes(state.district)) set('')
    },
  }
}
