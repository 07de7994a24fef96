import { shallowRef, watchEffect } from 'vue'

/** The dialogs that are open, the uppermost last. Nothing outside of it can be seen for certain, or pressed. */
export const modals = shallowRef<HTMLElement[]>([])

if (typeof document !== 'undefined') {
  // The page behind a dialog does not scroll.
  watchEffect(() => document.documentElement.classList.toggle('modal-open', modals.value.length > 0))
}
