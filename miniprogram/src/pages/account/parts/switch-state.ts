import type { components } from '@/api/schema'
import { dayInWords } from '@/composables/time'
import { label } from '@/locale'

type Authorisation = components['schemas']['Authorisation']

/** Return the state of 是否办理工商登记注册 in words. */
export const switchState = ({ reason, until }: Pick<Authorisation, 'reason' | 'until'>): string =>
  label('authorization', reason, { until: until ? dayInWords(until) : '' })
