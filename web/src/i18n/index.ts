import { ref, watchEffect } from 'vue'
import { keep, kept } from '@/kept'

export type Language = 'zh' | 'en'

/** A text in both languages: Chinese, then English. */
export type Text = readonly [zh: string, en: string]
export type Values = Record<string, string | number>

function preferred(): Language {
  const chosen = kept('language')
  if (chosen === 'zh' || chosen === 'en') return chosen
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

export const language = ref<Language>(typeof navigator === 'undefined' ? 'zh' : preferred())

export function speak(to: Language): void {
  language.value = to
  keep('language', to)
}

if (typeof document !== 'undefined') {
  watchEffect(() => {
    document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en'
  })
}

/** Fills in `{name}`, and `{n|one|many}` by the number. */
export function fill(text: string, values: Values = {}): string {
  return text.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (_, name: string, one?: string, many?: string) => {
    const value = values[name]
    if (one !== undefined) return value === 1 || value === '1' ? one : (many ?? '')
    return value === undefined ? '' : typeof value === 'number' ? value.toLocaleString('en-US') : value
  })
}

/** One of two texts, in the language of the page. */
export function say(text: Text, values?: Values): string {
  return fill(text[language.value === 'zh' ? 0 : 1], values)
}

/** The texts of a page or component: both languages of a text stand next to each other. */
export function texts<T extends Record<string, Text>>(all: T): (key: keyof T, values?: Values) => string {
  return (key, values) => say(all[key] as Text, values)
}

/** The name of something that the server names in both languages. */
export function named(both: { nameZh: string; nameEn: string }): string {
  return language.value === 'zh' ? both.nameZh : both.nameEn
}
