import { expect, it } from 'vitest'
import { Refusal } from '@/api/refusal'
import { usePhoneProof } from '@/phone/phone-proof'

it('stands for the code until it is used or refused', async () => {
  const proof = usePhoneProof()
  const take = () => Object.assign(proof.state, { proof: 'p', until: Date.now() + 1000 })
  const refuse = (code: string) => () => Promise.reject(new Refusal(code, '', 422))
  take()
  await expect(proof.spend('', refuse('WRONG_PASSWORD'))).rejects.toThrow()
  expect(proof.isAtHand()).toBe(true)
  for (const code of ['PHONE_PROOF_INVALID', 'PHONE_NOT_ON_RECORD']) {
    take()
    await expect(proof.spend('', refuse(code))).rejects.toThrow()
    expect(await proof.spend('271828', async (given) => given)).toEqual({ sms_code: '271828' })
  }
  take()
  expect(await proof.spend('271828', async (given) => given)).toEqual({ phone_proof: 'p' })
  expect(proof.isAtHand()).toBe(false)
})
