import { ref } from 'vue'

/** How far the server's clock is ahead of this one, in milliseconds. */
let ahead = 0

/** The server's time; it changes once a second, for countdowns. */
export const now = ref(Date.now())

export const exactNow = (): number => Date.now() + ahead

/** Learns of the server's time. The header `Date` has whole seconds, so small differences say nothing. */
export function learn(date: string | null): void {
  const told = date ? Date.parse(date) : Number.NaN
  if (!Number.isNaN(told) && Math.abs(told + 500 - exactNow()) > 1500) ahead = told + 500 - Date.now()
}

/** What happened at an instant has happened, whatever the clock here says. */
export function reach(at: string): void {
  const behind = Date.parse(at) - exactNow()
  if (behind > 0) ahead += behind
  now.value = Math.max(now.value, exactNow())
}

function tick(): void {
  now.value = exactNow()
  setTimeout(tick, 1000 - (now.value % 1000) + 5)
}
if (typeof window !== 'undefined') tick()
