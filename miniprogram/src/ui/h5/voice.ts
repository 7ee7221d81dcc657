// The voice of a browser.

/** Tell whether this browser can read aloud. */
export const canSpeak = (): boolean => 'speechSynthesis' in window

/** Speak the parts one after the other, then call `end`. */
export function speak(parts: string[], _isCurrent: () => boolean, end: () => void): void {
  parts.forEach((part, index) => {
    const utterance = new SpeechSynthesisUtterance(part)
    utterance.lang = 'zh-CN'
    // Slower than usual: the listener may be old.
    utterance.rate = 0.9
    utterance.onerror = end
    if (index === parts.length - 1) utterance.onend = end
    speechSynthesis.speak(utterance)
  })
}

/** Stop speaking. */
export const hush = (): void => speechSynthesis.cancel()
