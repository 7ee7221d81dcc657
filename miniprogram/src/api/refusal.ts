import type { components } from './schema'

/** Its actions carry their target as those of answers do. */
export type Help = Omit<components['schemas']['Help'], 'actions'> & { actions: Action[] }
export type Action = components['schemas']['ActionAnswer']

/** A field's error or warning, as the service names it. */
export interface FieldProblem {
  field: string
  code: string
  message: string
  suggestion?: string | null
}

/** Codes of what the service did not answer itself; their sentences are in the locale file. */
export type LocalCode = 'OFFLINE' | 'TIMEOUT' | 'NOT_OUR_ANSWER' | 'MAINTENANCE'

/** A call that ended in a "no" or without an answer. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
    readonly data: Record<string, unknown> = {},
    readonly help: Help | null = null,
  ) {
    super(message)
  }

  /** Whole seconds until the call may be made again; 0 when none are named or a code helps now. */
  get retryAfter(): number {
    if (this.data.needs_code) return 0
    return typeof this.data.retry_after === 'number' ? this.data.retry_after : 0
  }

  get fields(): FieldProblem[] {
    return Array.isArray(this.data.fields) ? (this.data.fields as FieldProblem[]) : []
  }

  get warnings(): FieldProblem[] {
    return Array.isArray(this.data.warnings) ? (this.data.warnings as FieldProblem[]) : []
  }

  /** Tell whether no answer came: the same call may be made again without harm. */
  get isUnanswered(): boolean {
    return this.status === 0
  }
}
