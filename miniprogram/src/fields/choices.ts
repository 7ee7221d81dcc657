import type { FieldProblem } from '@/api/refusal'

/** What a choice shows. */
export interface ChoiceProps {
  label: string
  hint?: string
  isOptional?: boolean
  options: { value: string; label: string }[]
  /** What is shown, and may be chosen in a browser, for no choice; needless where an option is always chosen. */
  placeholder?: string
  problem?: FieldProblem
}
