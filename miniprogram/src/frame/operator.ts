import { get } from '@/api/client'
import type { Operator } from '@/api/types'

let reading: Promise<Operator> | null = null

/** Return who runs the service and what it offers, read once. Raises Refusal. */
export function readOperator(): Promise<Operator> {
  reading ??= get('/operator').catch((refusal: unknown) => {
    reading = null
    throw refusal
  })
  return reading
}
