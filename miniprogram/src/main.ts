import { createSSRApp } from 'vue'
import App from './App.vue'
// #ifdef H5
// In the first chunk, so that they wait for no second turn on the network.
import '@/pages/home/index.vue'
import PageFailed from '@/frame/PageFailed.vue'
import PageLoading from '@/frame/PageLoading.vue'
// #endif

export function createApp() {
  const app = createSSRApp(App)
  // #ifdef H5
  app.component('PageFailed', PageFailed).component('PageLoading', PageLoading)
  // #endif
  return { app }
}
