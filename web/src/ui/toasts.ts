import { shallowRef } from 'vue'

export interface Toast {
  id: number
  text: string
  tone: 'plain' | 'danger' | 'ok'
  action?: { label: string; run: () => void }
  /** What is done when it goes by itself. */
  ended?: () => void
  stays: number
  timer?: ReturnType<typeof setTimeout>
}

export const toasts = shallowRef<Toast[]>([])
let last = 0

/** Says something at the foot of the page, for as long as it takes to read. */
export function toast(text: string, more: Partial<Omit<Toast, 'id' | 'text'>> = {}): void {
  last += 1
  const made: Toast = { id: last, text, tone: 'plain', stays: 6000, ...more }
  wait(made)
  toasts.value = [...toasts.value, made].slice(-3)
}

/** What somebody points at, or is about to press, stays. */
export const hold = (one: Toast): void => clearTimeout(one.timer)
export function wait(one: Toast): void {
  clearTimeout(one.timer)
  one.timer = setTimeout(() => close(one), one.stays)
}

export function close(one: Toast, isActed = false): void {
  clearTimeout(one.timer)
  if (!toasts.value.includes(one)) return
  toasts.value = toasts.value.filter((other) => other !== one)
  if (!isActed) one.ended?.()
}
