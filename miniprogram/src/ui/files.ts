// #ifdef MP-WEIXIN
import { noteRefusal } from '@/api/noted'
// #endif
import type { Picture } from '@/api/transport'

/** Show a file that was read from the service: a browser saves it under `name`, a phone opens it. */
export function openFile(file: Picture, name: string): void {
  // #ifdef H5
  const link = document.createElement('a')
  link.href = file.path
  link.download = name
  link.click()
  // #endif
  // #ifndef H5
  uni.openDocument({
    filePath: file.path,
    fileType: name.split('.').pop() as 'pdf',
    showMenu: true,
    fail: (error) => {
      // #ifdef MP-WEIXIN
      noteRefusal('file', error)
      // #endif
    },
  })
  // #endif
}
