import { post } from './client'
import type { ReportBody } from './types'

/** Tell the service what went wrong on this phone, so that the bot knows; never in the user's way. */
export function report(kind: ReportBody['kind'], step: string, detail?: string): void {
  post('/client-reports', { kind, step, detail }).catch(() => undefined)
}
