// What the page of a code sends with it.
import type { components } from '@/api/schema'

export type Opening = Partial<components['schemas']['OpenHandoverBody']>
export type Way = 'face' | 'ctid'

/** Refusals after which the browser must make another code. */
export const ENDS = ['NOT_FOUND', 'FACE_NO_PHOTO', 'FACE_DATA_MISSING']
