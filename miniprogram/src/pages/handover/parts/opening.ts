// What the page of a code sends with it.
import type { HandoverOpening } from '@/api/types'

export type Opening = Partial<HandoverOpening>
export type Way = 'face' | 'ctid'

/** Refusals after which the browser must make another code. */
export const ENDS = ['NOT_FOUND', 'FACE_NO_PHOTO', 'FACE_DATA_MISSING']
