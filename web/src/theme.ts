import { ref, watchEffect } from 'vue'

export type Theme = 'light' | 'dark' | 'system'

const KEPT = 'tidepool.theme'
const system = window.matchMedia('(prefers-color-scheme: dark)')
const isSystemDark = ref(system.matches)
system.addEventListener('change', () => {
  isSystemDark.value = system.matches
})

function kept(): Theme {
  try {
    const found = localStorage.getItem(KEPT)
    return found === 'light' || found === 'dark' ? found : 'system'
  } catch {
    return 'system'
  }
}

export const theme = ref<Theme>(kept())

watchEffect(() => {
  const isDark = theme.value === 'dark' || (theme.value === 'system' && isSystemDark.value)
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light'
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', isDark ? '#0d1214' : '#f5f7f7')
  try {
    localStorage.setItem(KEPT, theme.value)
  } catch {
    // A browser without storage forgets the choice.
  }
})
