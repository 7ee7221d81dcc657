// The steps of registering and activating, and the account that the last one opens.
import { reactive, ref, shallowRef } from 'vue'
import type { Refusal } from '@/api/refusal'
import type { Account } from '@/api/types'
import { bind, useSession } from '@/session/session'
import { showFirstProblem } from '@platform/ui/focus'
import type { Agreed } from './consent'

/** Return what the steps share; `form` is kept as a draft until `clear`. */
export function useNewAccount(form: { step: number; username: string }, clear: () => void) {
  const secret = reactive({ code: '', password: '' })
  const consent = ref<Agreed>(null)
  const isConsentMissing = ref(false)
  const isDone = ref(false)
  /** The refusal that led to the step shown. */
  const ledBack = shallowRef<Refusal | null>(null)

  /** Show a step, and the refusal that led to it. */
  function move(step: number, refusal: Refusal | null = null): void {
    ledBack.value = refusal
    form.step = step
    uni.pageScrollTo({ scrollTop: 0, duration: 0 })
  }

  /** Once all boxes are ticked, open the account by `send` and sign in. Raises Refusal. */
  async function open(send: (given: ReturnType<typeof fields>) => Promise<{ token: string; account: Account }>) {
    isConsentMissing.value = !consent.value
    if (!consent.value) return showFirstProblem()
    useSession().enter(await send(fields(consent.value)))
    clear()
    isDone.value = true
  }
  const fields = ({ version, separate }: NonNullable<Agreed>) => ({
    password: secret.password,
    username: form.username || null,
    consent_version: version,
    separate_consents: separate,
    bind,
  })
  return { secret, consent, isConsentMissing, isDone, ledBack, move, open }
}
