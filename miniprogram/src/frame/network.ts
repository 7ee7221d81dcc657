import { reactive } from 'vue'

/** Whether the phone has a network at all; that the service can be reached is another matter. */
export const network = reactive({ isConnected: true })

// #ifdef H5
// The program opens without a network too, from what is kept on the phone.
network.isConnected = window.navigator.onLine
// The kit hears of a changed kind of network alone, not of a lost one.
for (const event of ['online', 'offline']) {
  window.addEventListener(event, () => (network.isConnected = navigator.onLine))
}
// #endif
// #ifndef H5
uni.onNetworkStatusChange(({ isConnected }) => {
  network.isConnected = isConnected
})
// #endif
