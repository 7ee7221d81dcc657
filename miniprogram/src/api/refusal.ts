import { shallowReactive } from 'vue'
import type { Help } from './types'

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

  /** Names of the fields whose problem stands beside an input of the page. */
  private readonly claimed = shallowReactive(new Set<string>())

  /** Return the problem of a field with all its sentences, or undefined; an input claims the field. */
  problemOf(field: string): FieldProblem | undefined {
    this.claimed.add(field)
    const found = [...this.fields, ...this.warnings].filter((problem) => problem.field === field)
    return found.length > 1 ? { ...found[0]!, message: found.map(({ message }) => message).join('\n') } : found[0]
  }

  /** What the refusal says: all that no input of the page shows, at least one sentence. */
  get sentences(): string[] {
    const others = this.fields.filter(({ field }) => !this.claimed.has(field)).map(({ message }) => message)
    // No field is marked: the message, which points at marked fields, would be wrong.
    const isAlone = this.code === 'INVALID_INPUT' && others.length > 0 && others.length === this.fields.length
    return isAlone ? others : [this.message, ...others]
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
