import type { components } from '@/api/schema'

export type ConsentKey = components['schemas']['SeparateConsent']['key']

/** The version agreed to and its separate consents; null until all boxes are ticked. */
export type Agreed = { version: string; separate: ConsentKey[] } | null
