// A sentence that the next page shows once, such as after an account was cancelled.
let waiting = ''

/** Let the page that is opened next show this sentence. */
export function sayNext(text: string): void {
  waiting = text
}

/** Return the sentence, '' without one, and forget it. */
export function takeSaid(): string {
  const text = waiting
  waiting = ''
  return text
}
