import { language } from '.'

const DAY = 86_400_000

let zone = 'Asia/Shanghai'

/** The time zone in which days begin, as the settings have it. */
export function useZone(name: string): void {
  zone = name
}

/** The language of numbers and dates. */
export const locale = () => (language.value === 'zh' ? 'zh-CN' : 'en-GB')
const made = new Map<string, Intl.DateTimeFormat>()

function formatter(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale() + zone + JSON.stringify(options)
  let found = made.get(key)
  if (!found) {
    found = new Intl.DateTimeFormat(locale(), { timeZone: zone, ...options })
    made.set(key, found)
  }
  return found
}

/** Whether a text is a day, like `2026-03-01`. */
export const isDay = (text: string | undefined): text is string => /^\d{4}-\d\d-\d\d$/.test(text ?? '')

/** The day of an instant in the business time zone, like `2026-03-01`. */
export function dayOf(at: string | number | Date): string {
  const key = `day${zone}`
  let found = made.get(key)
  if (!found) {
    found = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' })
    made.set(key, found)
  }
  return found.format(new Date(at))
}

/** How many minutes the business time zone is ahead of UTC at an instant. */
function offset(at: number): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(at)
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value)
  const wall = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'))
  return Math.round((wall - Math.floor(at / 1000) * 1000) / 60_000)
}

/** The instant of a time of day in the business time zone. */
export function instantOf(day: string, time = '00:00'): string {
  const wall = Date.parse(`${day}T${time}:00Z`)
  const first = wall - offset(wall) * 60_000
  return new Date(wall - offset(first) * 60_000).toISOString()
}

export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10)
}

/** The Monday after a day. */
export function nextMonday(day: string): string {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay()
  return addDays(day, (8 - weekday) % 7 || 7)
}

/** `11月29日`, with the year where it is another one. */
export function date(at: string | number): string {
  const instant = new Date(typeof at === 'string' && at.length === 10 ? instantOf(at) : at)
  const sameYear = dayOf(instant).slice(0, 4) === dayOf(Date.now()).slice(0, 4)
  return formatter({ year: sameYear ? undefined : 'numeric', month: 'short', day: 'numeric' }).format(instant)
}

export function weekday(at: string | number | Date): string {
  return formatter({ weekday: 'short' }).format(new Date(at))
}

export function time(at: string | number): string {
  return formatter({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(at))
}

export function dateTime(at: string | number): string {
  return `${date(at)} ${time(at)}`
}

/** A moment as spreadsheet programs read it, in the business time zone. */
export const moment = (at: string | null): string => (at ? `${dayOf(at)} ${time(at)}` : '')

/** Everything, for titles. */
export function exactly(at: string): string {
  return formatter({ dateStyle: 'full', timeStyle: 'medium', hourCycle: 'h23' }).format(new Date(at))
}

/** How long ago: minutes and hours within a day, then days, then the date. */
export function ago(at: string, now: number): string {
  const passed = now - Date.parse(at)
  const zh = language.value === 'zh'
  if (passed < 60_000) return zh ? '刚刚' : 'just now'
  if (passed < 3_600_000) {
    const minutes = Math.floor(passed / 60_000)
    return zh ? `${minutes} 分钟前` : `${minutes} min ago`
  }
  if (passed < DAY) {
    const hours = Math.floor(passed / 3_600_000)
    return zh ? `${hours} 小时前` : `${hours} h ago`
  }
  const days = Math.round((Date.parse(dayOf(now)) - Date.parse(dayOf(at))) / DAY)
  if (days <= 1) return zh ? '昨天' : 'yesterday'
  if (days < 31) return zh ? `${days} 天前` : `${days} days ago`
  return date(at)
}

/** A day relative to today: `今天 15:00`, `明天`, `逾期 3 天`, or the date. */
export function due(at: string, now: number): string {
  const days = Math.round((Date.parse(dayOf(at)) - Date.parse(dayOf(now))) / DAY)
  const zh = language.value === 'zh'
  if (days === 0) return zh ? `今天 ${time(at)}` : `today ${time(at)}`
  if (days === 1) return zh ? '明天' : 'tomorrow'
  if (days === -1) return zh ? '逾期 1 天' : '1 day overdue'
  if (days < 0) return zh ? `逾期 ${-days} 天` : `${-days} days overdue`
  return date(at)
}

/** What is left of a time: `2天 03:12:09`, below a day `03:12:09`. */
export function left(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000))
  const days = Math.floor(seconds / 86_400)
  const two = (value: number) => String(value).padStart(2, '0')
  const clock = `${two(Math.floor((seconds % 86_400) / 3600))}:${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`
  return days > 0 ? `${days}${language.value === 'zh' ? '天 ' : 'd '}${clock}` : clock
}

/** An amount in its currency; large ones short: `¥48.3万`, `CN¥483k`. */
export function money(value: { amount: string; currency: string } | null | undefined, whole = false): string {
  if (!value) return ''
  const amount = Number(value.amount)
  const compact = !whole && Math.abs(amount) >= 100_000
  return new Intl.NumberFormat(locale(), {
    style: 'currency',
    currency: value.currency,
    currencyDisplay: 'symbol',
    notation: compact ? 'compact' : 'standard',
    minimumFractionDigits: 0,
    maximumFractionDigits: compact ? 1 : Number.isInteger(amount) ? 0 : 2,
  }).format(amount)
}

export function number(value: number): string {
  return new Intl.NumberFormat(locale()).format(value)
}

/** Names one after the other; what is missing is left out. */
export function listed(names: readonly (string | null | undefined)[]): string {
  return names.filter(Boolean).join(language.value === 'zh' ? '、' : ', ')
}

/** A sum for each currency: amounts of different currencies are never added. */
export function sums(values: ({ amount: string; currency: string } | null | undefined)[]): string {
  const by = new Map<string, number>()
  for (const value of values) {
    if (value) by.set(value.currency, (by.get(value.currency) ?? 0) + Number(value.amount))
  }
  return [...by].map(([currency, amount]) => money({ amount: String(amount), currency })).join(' + ')
}

/** A duration of ISO 8601 in words. */
export function duration(text: string | null | undefined): string {
  const match = text && /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(text)
  if (!match) return text ?? ''
  const zh = language.value === 'zh'
  const units = [
    ['周', 'week'],
    ['天', 'day'],
    ['小时', 'hour'],
    ['分钟', 'minute'],
    ['秒', 'second'],
  ] as const
  const parts = units.flatMap(([chinese, english], index) => {
    const value = Number(match[index + 1] ?? 0)
    if (!value) return []
    return zh ? [`${value} ${chinese}`] : [`${value} ${english}${value === 1 ? '' : 's'}`]
  })
  return parts.join(' ') || (zh ? '0 天' : '0 days')
}
