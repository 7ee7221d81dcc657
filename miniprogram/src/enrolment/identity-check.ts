// The form of the four elements, checked by the service whenever a field is left.
import { computed, nextTick, ref, watch } from 'vue'
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
const MISSING = 'valid_until_missing'

/** Return the problems of the fields of `form`; only of blurred fields. */
export function useIdentityCheck(form: Elements & { confirmed: string[] }) {
  const problems = ref<FieldProblem[]>([])
  const warnings = ref<FieldProblem[]>([])
  const blurred = ref<string[]>([])
  /** The last day that was filled in for the user. */
  const completed = ref('')
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
      if (request === turn && error instanceof Refusal && error.fields.length && !(await complete(error))) take(error)
      throw error
    }
  }

  /** Fill in the end that follows from start and age, and check with it; false if none follows. */
  async function complete(refusal: Refusal): Promise<boolean> {
    const end = refusal.fields.find(({ field, code }) => field === 'valid_until' && code === MISSING)?.suggestion
    if (!end || form.valid_until || !blurred.value.includes('valid_from')) return false
    completed.value = form.valid_until = end
    // The watcher of the field must not drop what comes now.
    await nextTick()
    await ask()
    return true
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

  // Another start has another end.
  watch(
    () => form.valid_from,
    () => {
      if (completed.value && form.valid_until === completed.value) form.valid_until = completed.value = ''
    },
  )

  const unconfirmed = computed(() => warnings.value.filter(({ code }) => !form.confirmed.includes(code)))
  return {
    unconfirmed,
    take,
    /** Tell whether the last day was filled in and stands as it was. */
    isCompleted: computed(() => completed.value !== '' && form.valid_until === completed.value),

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
