// 网证 by the mini program of its platform, which gives a token back when it returns to this one.
import type { FieldProblem } from '@/api/refusal'

/** The platform's program: set when this one is built for WeChat; empty where it is not connected. */
export const ctidProgram = {
  appId: import.meta.env.VITE_CTID_APPID ?? '',
  path: import.meta.env.VITE_CTID_PATH ?? '',
}

/** Return the token in what the program was shown with, or an empty text. */
export function tokenIn(options: { referrerInfo?: { appId?: string; extraData?: unknown } }): string {
  const { appId, extraData } = options.referrerInfo ?? {}
  if (!appId || appId !== ctidProgram.appId) return ''
  const token = (extraData as { ctid_token?: unknown } | undefined)?.ctid_token
  return typeof token === 'string' ? token : ''
}

/** A check that the service began at the platform: the token belongs to its serial. */
export interface OpenedCtid {
  challenge_id: string
  serial: string
}

/** What <CtidCheck> of either platform takes. */
export interface CtidCheckProps {
  /** Begins a check; what has none of its own goes without. */
  open?: () => Promise<OpenedCtid>
  /** The caller sends the token. */
  busy?: boolean
  disabled?: boolean
  problem?: FieldProblem
  kind?: 'primary' | 'plain'
}
