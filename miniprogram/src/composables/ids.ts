let count = 0

/** Return a name that no other element of the program has. */
export function nextId(kind: string): string {
  count += 1
  return `${kind}-${count}`
}
