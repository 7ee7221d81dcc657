// Reading aloud: one text at a time, whatever button started it.
import { ref } from 'vue'
import { hush, speak } from '@platform/ui/voice'

/** A long utterance is cut off by some browsers, and a plugin takes few characters at a time. */
const PART = 120
const speaker = ref('')
let turn = 0

/** Return the sentences of a text in parts that can be spoken one after the other. */
export function spokenParts(text: string): string[] {
  const parts: string[] = []
  for (const sentence of text.match(/[^。！？；\n]+[。！？；]?/g) ?? []) {
    const words = sentence.trim()
    const last = parts[parts.length - 1]
    if (!words) continue
    if (last && last.length + words.length <= PART) parts[parts.length - 1] = last + words
    else parts.push(words)
  }
  return parts
}

/** Return the speaker's state and its switch; `name` tells the buttons apart. */
export function useSpeech(name: string) {
  function stop(): void {
    turn += 1
    speaker.value = ''
    hush()
  }

  function start(text: string): void {
    stop()
    const mine = turn
    const isCurrent = () => mine === turn
    speaker.value = name
    speak(spokenParts(text), isCurrent, () => {
      if (isCurrent()) speaker.value = ''
    })
  }
  return { speaker, start, stop }
}
