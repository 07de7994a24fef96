import { createApp } from 'vue'
import App from './App.vue'
import { isReachable, session } from './api/client'
import { router } from './routes'
import { enter } from './shell'
import './ui/base.css'
import './theme'

// A tab from before an upgrade asks for files that are gone: the page loads anew, once.
window.addEventListener('vite:preloadError', (event) => {
  if (sessionStorage.getItem('tidepool.reloaded')) return
  event.preventDefault()
  sessionStorage.setItem('tidepool.reloaded', '1')
  location.reload()
})

async function start(): Promise<void> {
  // A user who looks at the page of sign-in may be signed in already, also after coming back from an identity provider.
  for (let tried = 0; session.value === 'unknown'; tried += 1) {
    try {
      await enter()
    } catch {
      isReachable.value = false
      await new Promise((resolve) => setTimeout(resolve, Math.min(5000, 500 * 2 ** tried)))
    }
  }
  createApp(App).use(router).mount('#app')
  await router.isReady()
  sessionStorage.removeItem('tidepool.reloaded')
}

void start()
