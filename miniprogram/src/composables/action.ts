import { computed, ref, shallowRef } from 'vue'
import { Refusal, type FieldProblem } from '@/api/refusal'
import { showFirstProblem } from './focus'

/**
 * Return a button's work: `run` does it once at a time and keeps the refusal it ended in.
 *
 * `refusal` is for <RefusalCard>, `problem(field)` for the error or warning beside a field.
 */
export function useAction<A extends unknown[], R>(work: (...args: A) => Promise<R>) {
  const isBusy = ref(false)
  const refusal = shallowRef<Refusal | null>(null)
  let again: () => void = () => undefined

  async function run(...args: A): Promise<R | undefined> {
    if (isBusy.value) return undefined
    isBusy.value = true
    refusal.value = null
    again = () => void run(...args)
    try {
      return await work(...args)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      refusal.value = error
      if (problems.value.length) showFirstProblem()
      return undefined
    } finally {
      isBusy.value = false
    }
  }

  const problems = computed<FieldProblem[]>(() => [
    ...(refusal.value?.fields ?? []),
    ...(refusal.value?.warnings ?? []),
  ])
  return {
    isBusy,
    refusal,
    run,
    /** Do again what was refused, with the same values. */
    retry: () => again(),
    /** Return the problem of a field, or undefined. */
    problem: (field: string) => problems.value.find((problem) => problem.field === field),
  }
}
