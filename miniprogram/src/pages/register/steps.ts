import type { Refusal } from '@/api/refusal'

/** The documents to choose from, those that are checked online first. */
export const DOCUMENTS = ['card', 'permit', 'foreign', 'other'] as const
export type Document = (typeof DOCUMENTS)[number]

/** Tell whether the source said no: of such tries there are few a day. */
export const isMiss = ({ data }: Refusal): boolean => typeof data.attempts_left === 'number'

/** Tell whether a text has the form of an SMS code, in digits of any width as the service takes them. */
export const isCode = (text: string): boolean => /^\d{6}$/.test(text.normalize('NFKC').trim())
