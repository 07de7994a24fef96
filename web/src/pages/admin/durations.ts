/** The days of a duration of ISO 8601, for a field of a form; empty for none. */
export function days(text: string | null): string {
  const match = text && /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(text)
  if (!match) return ''
  const [weeks, whole, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
  ]
  const all = weeks * 7 + whole + hours / 24 + minutes / 1440 + seconds / 86_400
  return String(Number(all.toFixed(4)))
}

/** The duration of that many days; null for an empty field. */
export function isoOf(text: string): string | null {
  if (String(text).trim() === '') return null
  const minutes = Math.round(Number(text) * 1440)
  const [whole, rest] = [Math.floor(minutes / 1440), minutes % 1440]
  const time = `${Math.floor(rest / 60) ? `${Math.floor(rest / 60)}H` : ''}${rest % 60 ? `${rest % 60}M` : ''}`
  return minutes === 0 ? 'PT0S' : `P${whole ? `${whole}D` : ''}${time ? `T${time}` : ''}`
}
