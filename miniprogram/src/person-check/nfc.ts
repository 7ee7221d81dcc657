import { onMounted, ref } from 'vue'

/** Return whether this phone can read cards by NFC, which 网证 needs once; null as long as it is unknown. */
export function useNfc() {
  const hasNfc = ref<boolean | null>(null)
  // #ifdef MP-WEIXIN
  const NOT_SUPPORTED = 13000
  onMounted(() => {
    const adapter = wx.getNFCAdapter?.()
    if (!adapter) {
      hasNfc.value = false
      return
    }
    adapter.startDiscovery({
      success: () => {
        hasNfc.value = true
        adapter.stopDiscovery({})
      },
      // Switched off is not missing.
      fail: ({ errCode }) => (hasNfc.value = errCode !== NOT_SUPPORTED),
    })
  })
  // #endif
  return hasNfc
}
