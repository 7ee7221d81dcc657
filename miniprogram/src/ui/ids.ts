let count = 0

/** Return a name that no other element of the program has. */
export function nextId(kind: string): string {
  count += 1
  return `${kind}-${count}`
}

/** Return the ids of what <FieldFrame> says of the input of this id. */
export function describedBy(id: string, { hint, problem }: { hint?: string; problem?: object }): string | undefined {
  return [hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(' ') || undefined
}
