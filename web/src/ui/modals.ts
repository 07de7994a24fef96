import { shallowRef, watchEffect } from 'vue'

/** The dialogs that are open, the uppermost last. Nothing outside of it can be seen for certain, or pressed. */
export const modals = shallowRef<HTMLElement[]>([])

if (typeof document !== 'undefined') {
  const root = document.documentElement
  // The page behind a dialog does not scroll, and stays where it is without its scroll bar.
  watchEffect(() => {
    const isOpen = modals.value.length > 0
    if (isOpen === root.classList.contains('modal-open')) return
    const bar = window.innerWidth - root.clientWidth
    root.classList.toggle('modal-open', isOpen)
    document.body.style.paddingRight = isOpen ? `${bar}px` : ''
  })
}
