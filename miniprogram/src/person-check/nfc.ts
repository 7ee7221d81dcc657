import { onMounted, ref } from 'vue'
// #ifdef MP-WEIXIN
import { troubleOf } from '@/api/platform'
// #endif

/** Return whether this phone can read cards by NFC, which 网证 needs once: null as long as it is unknown. */
export function useNfc() {
  const nfc = ref<'on' | 'off' | 'none' | null>(null)
  // #ifdef MP-WEIXIN
  onMounted(() => {
    const adapter = wx.getNFCAdapter?.()
    if (!adapter) {
      nfc.value = 'none'
      return
    }
    adapter.startDiscovery({
      success: () => {
        nfc.value = 'on'
        adapter.stopDiscovery({})
      },
      fail: (error) => {
        const trouble = troubleOf('nfc', error)
        nfc.value = trouble === 'device' ? 'none' : trouble === 'nfcOff' ? 'off' : 'on'
      },
    })
  })
  // #endif
  return nfc
}
