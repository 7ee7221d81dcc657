// What WeChat refused beside a page's own work: a passing sentence is enough.
import { platformRefusal, troubleOf, type Door, type PlatformError } from './platform'

/** Say that something was refused, but for what the user cancelled. */
export function noteRefusal(door: Door, error: PlatformError): void {
  if (troubleOf(door, error) === 'cancelled') return
  uni.showToast({ title: platformRefusal(door, error).message, icon: 'none', duration: 4000 })
}
