import type { ModelRef } from 'vue'
import type { FieldProblem } from '@/api/refusal'

/** The keyboard and the kind of what is typed. */
export type Kind = 'text' | 'digits' | 'phone' | 'id-card' | 'password' | 'new-password' | 'long'

/** What FieldText gives to the input of its platform. */
export interface TextInputProps {
  inputId: string
  label: string
  hint?: string
  isOptional?: boolean
  placeholder?: string
  problem?: FieldProblem
  isWarning?: boolean
  kind: Kind
  /** What is typed is not shown. */
  isHidden: boolean
  maxlength: number
  autocomplete?: string
  disabled?: boolean
}

/** An event of a kit's input, or of a browser's. */
interface Typed {
  detail?: { value?: string; cursor?: number }
  target: { value: string; selectionStart?: number | null }
}

/** Return what an input does with its text: it takes what is typed, and remembers where. */
export function useTyping(text: ModelRef<string>, leave: () => void) {
  let cursor: number | null = null
  function noteCursor(event: unknown): void {
    const { detail, target } = event as Typed
    cursor = detail?.cursor ?? target.selectionStart ?? null
  }
  return {
    typed(event: Event): void {
      const { detail, target } = event as unknown as Typed
      noteCursor(event)
      text.value = detail?.value ?? target.value
    },
    left(event: Event): void {
      noteCursor(event)
      leave()
    },
    /** Insert characters where the user typed last, and return the place behind them. */
    insert(characters: string): number {
      const at = cursor ?? text.value.length
      text.value = text.value.slice(0, at) + characters + text.value.slice(at)
      cursor = at + characters.length
      return cursor
    },
  }
}
