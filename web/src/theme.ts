import { ref, watchEffect } from 'vue'
import { keep, kept } from './kept'

export type Theme = 'light' | 'dark' | 'system'

const system = window.matchMedia('(prefers-color-scheme: dark)')
const isSystemDark = ref(system.matches)
system.addEventListener('change', () => {
  isSystemDark.value = system.matches
})

const chosen = kept('theme')
export const theme = ref<Theme>(chosen === 'light' || chosen === 'dark' ? chosen : 'system')

watchEffect(() => {
  const isDark = theme.value === 'dark' || (theme.value === 'system' && isSystemDark.value)
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light'
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', isDark ? '#0d1214' : '#f5f7f7')
  keep('theme', theme.value)
})
