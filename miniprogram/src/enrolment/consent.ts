import type { ConsentKey } from '@/api/types'

/** The version agreed to and its separate consents; null until all boxes are ticked. */
export type Agreed = { version: string; separate: ConsentKey[] } | null
