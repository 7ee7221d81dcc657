/// <reference types="vite/client" />
declare module '*.vue' {
  import type { DefineComponent } from 'vue'
  const component: DefineComponent<object, object, unknown>
  export default component
}

/** What WeChat gives beyond uni: only what this program calls. */
declare const wx: {
  env: { USER_DATA_PATH: string }
  getAppBaseInfo(): { fontSizeScaleFactor?: number; fontSizeSetting?: number }
  getUpdateManager(): { applyUpdate(): void; onUpdateReady(ready: () => void): void }
  /** Absent in old versions, as what is optional below. */
  requestFacialVerify?(options: {
    verifyId: string
    success?: (result: { errCode: number; verifyResult?: string }) => void
    fail?: (error: { errCode: number; errMsg: string }) => void
  }): void
  shareFileMessage(options: { filePath: string; fileName?: string; fail?(error: { errMsg: string }): void }): void
  openAppAuthorizeSetting?(): void
  updateWeChatApp?(options?: object): void
  canIUse?(schema: string): boolean
  getNFCAdapter?(): {
    startDiscovery(options: { success(): void; fail(error: { errCode: number }): void }): void
    stopDiscovery(options: object): void
  }
}

/** Load a plugin of WeChat by its name in the manifest. */
declare function requirePlugin(name: string): unknown
