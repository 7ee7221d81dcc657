// A phone number proved by WeChat stands for an SMS code for ten minutes, once.
import { reactive } from 'vue'
import { post } from '@/api/client'
import { onDraftsCleared } from '@/session/draft'

const VALID = 10 * 60 * 1000
export interface Given {
  phone_proof?: string
  sms_code?: string
}
/** A new phone of the person that a face check has named. */
export interface NewPhone {
  name: string
  id_number: string
  challenge_id: string
  phone: string
}
/** What <NewPhoneByFace> of either platform takes. */
export interface NewPhoneProps {
  purpose: 'reset' | 'activate'
  /** The number where the page knows it: not asked again. */
  idNumber?: string
  /** The page that a browser shows as a code for WeChat. */
  page: string
  /** Sends the new phone. */
  send: (phone: NewPhone, given: Given) => Promise<unknown>
}
const state = reactive({ phone: '', proof: '', until: 0 })
onDraftsCleared(() => usePhoneProof().clear())

/** Return the number that WeChat proved, if any, and the ways to get and to use one. */
export function usePhoneProof() {
  return {
    state,

    /** Tell whether a proof is at hand that has not run out. */
    isAtHand: (): boolean => state.proof !== '' && Date.now() < state.until,

    /** Take what WeChat's button gave. Raises Refusal. */
    async take(code: string): Promise<void> {
      const { phone, phone_proof } = await post('/wechat/phone', { code })
      Object.assign(state, { phone, proof: phone_proof, until: Date.now() + VALID })
    },

    /** Return the proof while it is at hand, else the typed code. */
    given(code: string): Given {
      return this.isAtHand() ? { phone_proof: state.proof } : { sms_code: code }
    },

    /** Do `work` with the proof while it is at hand, else the typed code; forget a proof that was used or refused. */
    async spend<R>(code: string, work: (given: Given) => Promise<R>): Promise<R> {
      try {
        const answer = await work(this.given(code))
        this.clear()
        return answer
      } catch (error) {
        const { code } = error as { code?: string }
        if (code === 'PHONE_PROOF_INVALID' || code === 'PHONE_NOT_ON_RECORD') this.clear()
        throw error
      }
    },

    /** Forget the proof: it was used, or another number is to be proved. */
    clear(): void {
      Object.assign(state, { phone: '', proof: '', until: 0 })
    },
  }
}
