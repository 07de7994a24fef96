/** What this browser keeps by a name. */
export function kept(name: string): string | null {
  try {
    return localStorage.getItem(`tidepool.${name}`)
  } catch {
    return null
  }
}

/** A browser without storage forgets it. */
export function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`tidepool.${name}`, value)
  } catch {
    // As if nothing was kept.
  }
}
