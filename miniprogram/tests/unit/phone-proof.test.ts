import { expect, it } from 'vitest'
import { Refusal } from '@/api/refusal'
import { usePhoneProof } from '@/composables/phone-proof'

it('stands for the code until it is used or refused', async () => {
  const proof = usePhoneProof()
  const take = () => Object.assign(proof.state, { proof: 'p', until: Date.now() + 1000 })
  const refuse = (code: string) => () => Promise.reject(new Refusal(code, '', 422))
  take()
  await expect(proof.spend('', refuse('WRONG_PASSWORD'))).rejects.toThrow()
  expect(proof.given('')).toEqual({ phone_proof: 'p' })
  await expect(proof.spend('', refuse('PHONE_PROOF_INVALID'))).rejects.toThrow()
  expect(proof.given('271828')).toEqual({ sms_code: '271828' })
  take()
  expect(await proof.spend('271828', async (given) => given)).toEqual({ phone_proof: 'p' })
  expect(proof.isAtHand()).toBe(false)
})
