// How this phone's user wants to read: the system's font size, and the elder mode.
import { reactive, readonly } from 'vue'

const KEY = 'elder'
const state = reactive({ isElder: Boolean(uni.getStorageSync(KEY)), scale: systemScale() })

/** Return the factor of the system's font size, between 0.8 and 2. */
function systemScale(): number {
  let scale = 1
  // #ifdef MP-WEIXIN
  const info = wx.getAppBaseInfo()
  scale = info.fontSizeScaleFactor ?? (info.fontSizeSetting ?? 16) / 16
  // #endif
  // #ifdef H5
  const probe = document.createElement('span')
  probe.style.fontSize = 'medium'
  document.body.append(probe)
  scale = parseFloat(getComputedStyle(probe).fontSize) / 16
  probe.remove()
  // #endif
  return Math.min(2, Math.max(0.8, scale || 1))
}

/** Return the preferences and the switch of the elder mode. */
export function usePreferences() {
  return {
    state: readonly(state),
    setElder(isElder: boolean): void {
      state.isElder = isElder
      uni.setStorageSync(KEY, isElder)
    },
  }
}
