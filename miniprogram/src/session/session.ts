// The account of this phone's token, shared by all pages.
import { reactive, readonly } from 'vue'
import { get, remove } from '@/api/client'
import { digest } from '@/api/keys'
import type { Refusal } from '@/api/refusal'
import { TOKEN, tokens } from '@/api/tokens'
import type { Account } from '@/api/types'
import { keepDraftsOf } from './draft'

/** Only WeChat has a user that an account can be bound to. */
let isBinding = false
// #ifdef MP-WEIXIN
isBinding = true
// #endif
export const bind: boolean = isBinding

/** Tell whether a check of the person changes something: the level, or the switch after a reset. */
export const needsCheck = (account: Account): boolean => account.level < 4 || account.authorization.cause === 'reset'

interface State {
  /** The signed-in account; null without one; undefined as long as it is not known. */
  account: Account | null | undefined
  /** The account was lost since its session had expired. */
  hasExpired: boolean
  /** How often this phone was signed in since the program began. */
  entered: number
}

const state = reactive<State>({ account: undefined, hasExpired: false, entered: 0 })
// #ifdef H5
// A browser without an account's token shows a visitor's page at once. WeChat may know an account.
if (tokens.isOfVisitor()) state.account = null
// #endif
tokens.onLogin((account) => {
  state.hasExpired ||= Boolean(state.account) && !account
  know(account as Account | null)
})

function know(account: Account | null): void {
  // Masked as they are, both together tell persons apart.
  if (account) keepDraftsOf(digest([account.name, account.id_number]))
  state.account = account
}

// #ifdef H5
/** Load the program anew where another tab has left or changed the account shown here. */
export function followOtherTabs(): void {
  window.addEventListener('storage', ({ key }) => {
    if (key === TOKEN && state.account) location.reload()
  })
}
// #endif

/** Shared by all that ask meanwhile, but not by those that ask after the token has changed. */
let reading: Promise<Account | null> | null = null

async function read(): Promise<Account | null> {
  try {
    await tokens.current()
    if (tokens.isVisitor()) return (state.account = null)
    know(await get('/account'))
  } catch (error) {
    if ((error as { code?: string }).code !== 'ACCOUNT_REQUIRED') throw error
    state.account = null
  }
  return state.account ?? null
}

/** Return what the token stands for, and the ways in and out. */
export function useSession() {
  return {
    state: readonly(state) as Readonly<State>,

    /** Find out whether the kept token has an account. Never fails: pages say what is wrong. */
    async open(): Promise<void> {
      await this.refresh().catch(() => undefined)
    },

    /** Read the account anew. Raises Refusal, but not for a visitor. */
    refresh(): Promise<Account | null> {
      reading ??= read().finally(() => (reading = null))
      return reading
    },

    /** Keep a session that signing in, registering or activating gave. */
    enter(session: { token: string; account: Account }): void {
      tokens.keep(session.token)
      reading = null
      state.hasExpired = false
      state.entered += 1
      know(session.account)
    },

    /** Keep what a call said about the account. */
    update(account: Account): void {
      state.account = account
    },

    /** End the session here and on the service. Raises Refusal. */
    async leave(): Promise<void> {
      await remove('/sessions/current')
      this.forget()
    },

    /** Forget the token, for example after a cancellation. */
    forget(): void {
      tokens.keep('')
      reading = null
      Object.assign(state, { account: null, hasExpired: false })
    },

    /** Read the account anew after a refusal that shows how far it has come elsewhere. */
    heed(refusal: Refusal | null): void {
      if (refusal?.code === 'ALREADY_VERIFIED') void this.open()
    },
  }
}
