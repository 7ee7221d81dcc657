import { reactive } from 'vue'

/** Whether the phone has a network at all; that the service can be reached is another matter. */
export const network = reactive({ isConnected: true })

uni.onNetworkStatusChange(({ isConnected }) => {
  network.isConnected = isConnected
})
