import { ref, shallowRef } from 'vue'
import { Refusal } from '@/api/refusal'
import { showFirstProblem } from '@platform/ui/focus'

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
      if (error.fields.length || error.warnings.length) showFirstProblem()
      return undefined
    } finally {
      isBusy.value = false
    }
  }

  return {
    isBusy,
    refusal,
    run,
    /** Do again what was refused, with the same values. */
    retry: () => again(),
    /** Return the problem of a field, or undefined; without this its sentence stands in <RefusalCard>. */
    problem: (field: string) => refusal.value?.problemOf(field),
  }
}
