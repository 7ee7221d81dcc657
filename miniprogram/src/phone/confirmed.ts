import { ref } from 'vue'
import { useAction } from '@/refusal/use-action'
import { usePhoneProof, type Given } from './phone-proof'

/** Return a button's work that needs a fresh proof of a phone; `code` is for <ConfirmCode> or <ProvePhone>. */
export function useConfirmed<A extends unknown[], R>(
  send: (given: Given, ...args: A) => Promise<R>,
  done: (answer: R) => unknown,
) {
  const code = ref('')
  const action = useAction(async (...args: A) => {
    const answer = await usePhoneProof().spend(code.value, (given) => send(given, ...args))
    code.value = ''
    await done(answer)
  })
  return { ...action, code }
}
