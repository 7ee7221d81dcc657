// The voice of WeChat: a plugin makes a sound file of each part.
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

/** Tell whether this build has the plugin. */
export const canSpeak = (): boolean => plugin !== null

/** Speak the parts one after the other while `isCurrent`, then call `end`. */
export function speak(parts: string[], isCurrent: () => boolean, end: () => void): void {
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
      audio.onEnded(() => speak(rest, isCurrent, end))
      audio.onError(end)
      audio.play()
    },
  })
}

/** Stop speaking. */
export function hush(): void {
  audio?.destroy()
  audio = null
}
