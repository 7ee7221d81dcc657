import type { Authorisation } from '@/api/types'
import { label } from '@/locale'
import { dayInWords } from '@/ui/time'

type Known = Pick<Authorisation, 'reason' | 'until'> & Partial<Pick<Authorisation, 'cause'>>

/** Return the key of the state's texts: the reason, or why it is off. */
export const stateKey = ({ reason, cause }: Known): string => (reason === 'off' && cause) || reason

/** Return the state of 是否办理工商登记注册 in words. */
export const switchState = (known: Known): string =>
  label('authorization', stateKey(known), { until: known.until ? dayInWords(known.until) : '' })
