import { reactive, watch } from 'vue'
import { kept } from '@/api/kept'

const HOUR = 3600 * 1000
const DAY = 24 * HOUR
/** Fields that hold an ID number or a phone: an hour is enough to look for the card. */
const NUMBERS = new Set(['id_number', 'phone', 'login', 'contact'])

interface Kept {
  at: number
  values: Record<string, unknown>
}

/**
 * Return a form whose values survive the end of the program.
 *
 * `initial` names the fields that are kept on this device, for a day, ID numbers and phones for an
 * hour; passwords and codes must not be among them. `clear` forgets them once the form has done its
 * work.
 */
export function useDraft<T extends Record<string, unknown>>(name: string, initial: T) {
  const form = reactive({ ...initial, ...draftOf(name) }) as T
  const stop = watch(form, (values) => store(name, { ...values }), { deep: true, flush: 'sync' })
  return {
    form,
    clear(): void {
      stop()
      dropDraft(name)
    },
  }
}

/** Return what another form keeps; forget what is too old. */
export function draftOf(name: string): Record<string, unknown> {
  const draft = kept.read<Kept>(`draft:${name}`)
  if (!draft) return {}
  const age = Date.now() - draft.at
  if (age >= DAY) {
    dropDraft(name)
    return {}
  }
  const values = Object.entries(draft.values)
  if (age < HOUR || !values.some(([field]) => NUMBERS.has(field))) return draft.values
  const others = Object.fromEntries(values.filter(([field]) => !NUMBERS.has(field)))
  kept.write(`draft:${name}`, { at: draft.at, values: others })
  return others
}

/** Forget what is too old in all drafts, when the program starts. */
export function removeOldDrafts(): void {
  for (const key of kept.keys()) if (key.startsWith('draft:')) draftOf(key.slice('draft:'.length))
}

/** Lay values into the draft of another form, which shows them when it opens. */
export function carry(name: string, values: Record<string, unknown>): void {
  store(name, { ...draftOf(name), ...values })
}

/** Forget what a form keeps. */
export function dropDraft(name: string): void {
  kept.remove(`draft:${name}`)
}

function store(name: string, values: Record<string, unknown>): void {
  kept.write(`draft:${name}`, { at: Date.now(), values })
}

const OWNER = 'owner'
const listeners: (() => void)[] = []

/** Call `listener` when all drafts are forgotten, to forget what else was of the last user. */
export function onDraftsCleared(listener: () => void): void {
  listeners.push(listener)
}

/** Forget all drafts and whose they were, for example on a shared phone after signing out. */
export function clearDrafts(): void {
  for (const key of kept.keys()) {
    if (key.startsWith('draft:')) kept.remove(key)
  }
  // Id of a visitor: removed so that the next user does not see these tickets.
  kept.remove('device')
  kept.remove(OWNER)
  listeners.forEach((listener) => listener())
}

/** Forget the drafts when another person than the last one signs in on this phone. */
export function keepDraftsOf(owner: string): void {
  const before = kept.read<string>(OWNER)
  if (before === owner) return
  if (before) clearDrafts()
  kept.write(OWNER, owner)
}
