// Reading aloud: one text at a time, whatever button started it.
import { ref } from 'vue'

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

// #ifdef MP-WEIXIN
interface SpeechPlugin {
  textToSpeech(options: {
    lang: 'zh_CN'
    tts: true
    content: string
    success: (result: { filename: string }) => void
    fail: () => void
  }): void
}
const pluginName: string = import.meta.env.VITE_SPEECH_PLUGIN ?? ''
const plugin = pluginName ? (requirePlugin(pluginName) as SpeechPlugin) : null
let audio: UniApp.InnerAudioContext | null = null

function speakInWeChat(parts: string[], isCurrent: () => boolean, end: () => void): void {
  const [content, ...rest] = parts
  if (!isCurrent()) return
  if (!content || !plugin) return end()
  plugin.textToSpeech({
    lang: 'zh_CN',
    tts: true,
    content,
    fail: end,
    success: ({ filename }) => {
      if (!isCurrent()) return
      audio?.destroy()
      audio = uni.createInnerAudioContext()
      audio.src = filename
      audio.onEnded(() => speakInWeChat(rest, isCurrent, end))
      audio.onError(end)
      audio.play()
    },
  })
}
// #endif

/** Tell whether this platform can read aloud. */
export function canSpeak(): boolean {
  let can = false
  // #ifdef H5
  can = 'speechSynthesis' in window
  // #endif
  // #ifdef MP-WEIXIN
  can = plugin !== null
  // #endif
  return can
}

/** Return the speaker's state and its switch; `name` tells the buttons apart. */
export function useSpeech(name: string) {
  function stop(): void {
    turn += 1
    speaker.value = ''
    // #ifdef H5
    speechSynthesis.cancel()
    // #endif
    // #ifdef MP-WEIXIN
    audio?.destroy()
    audio = null
    // #endif
  }

  function start(text: string): void {
    stop()
    const mine = turn
    const isCurrent = () => mine === turn
    const end = (): void => {
      if (isCurrent()) speaker.value = ''
    }
    const parts = spokenParts(text)
    speaker.value = name
    // #ifdef H5
    parts.forEach((part, index) => {
      const utterance = new SpeechSynthesisUtterance(part)
      utterance.lang = 'zh-CN'
      // Slower than usual: the listener may be old.
      utterance.rate = 0.9
      utterance.onerror = end
      if (index === parts.length - 1) utterance.onend = end
      speechSynthesis.speak(utterance)
    })
    // #endif
    // #ifdef MP-WEIXIN
    speakInWeChat(parts, isCurrent, end)
    // #endif
  }
  return { speaker, start, stop }
}
