// The form of the four elements, checked by the service whenever a field is left.
import { computed, ref, watch } from 'vue'
import { post } from '@/api/client'
import { Refusal, type FieldProblem } from '@/api/refusal'

export interface Elements {
  name: string
  id_number: string
  valid_from: string
  valid_until: string
}
const FIELDS = ['name', 'id_number', 'valid_from', 'valid_until'] as const
/** Milliseconds after leaving a field: a button that is being pressed must not move away. */
const PAUSE = 300

/** Return the problems of the fields of `form`; only of blurred fields. */
export function useIdentityCheck(form: Elements & { confirmed: string[] }) {
  const problems = ref<FieldProblem[]>([])
  const warnings = ref<FieldProblem[]>([])
  const blurred = ref<string[]>([])
  let turn = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  /** Ask the service. Raises Refusal. */
  async function ask(): Promise<void> {
    clearTimeout(timer)
    const request = (turn += 1)
    const { name, id_number, valid_from, valid_until } = form
    try {
      const answer = await post('/identity-checks', { name, id_number, valid_from, valid_until })
      if (request === turn) set([], answer.warnings)
    } catch (error) {
      if (request === turn && error instanceof Refusal && error.fields.length) take(error)
      throw error
    }
  }

  /** Show what a refusal says of the four fields beside them. */
  function take(refusal: Refusal): void {
    FIELDS.forEach((field) => refusal.problemOf(field))
    set(refusal.fields, refusal.warnings)
  }

  function set(wrong: FieldProblem[], doubtful: FieldProblem[]): void {
    problems.value = wrong
    warnings.value = doubtful
  }

  for (const field of FIELDS) {
    watch(
      () => form[field],
      () => {
        turn += 1
        problems.value = problems.value.filter((problem) => problem.field !== field)
        warnings.value = warnings.value.filter((problem) => problem.field !== field)
        form.confirmed = []
      },
    )
  }

  const unconfirmed = computed(() => warnings.value.filter(({ code }) => !form.confirmed.includes(code)))
  return {
    unconfirmed,
    take,

    /** Return the error of a field, or its warning. */
    problem: (field: string) =>
      problems.value.find((problem) => problem.field === field && blurred.value.includes(field)) ??
      unconfirmed.value.find((problem) => problem.field === field),
    isWarning: (field: string): boolean => !problems.value.some((problem) => problem.field === field),

    /** Check soon, since a field was left; a failure shows when the user goes on. */
    leave(field: (typeof FIELDS)[number]): void {
      if (!form[field]) return
      if (!blurred.value.includes(field)) blurred.value.push(field)
      clearTimeout(timer)
      timer = setTimeout(() => void ask().catch(() => undefined), PAUSE)
    },

    /** Check all fields now. Raises Refusal. */
    async now(): Promise<void> {
      blurred.value = [...FIELDS]
      await ask()
    },
  }
}
