import type { SalesPeriod } from '@/gql'
import { addDays, isDay } from '@/i18n/format'

/** A period of whole days, both included. */
export interface Days {
  from: string
  to: string
}

export const presets = ['month', 'last-month', 'quarter', 'last-quarter', 'year', 'last-year'] as const
type Preset = (typeof presets)[number]
export const PRESET: Preset = 'quarter'

/** The first day of the period that begins `count` months after the one of a month. */
export function monthAfter(first: string, count: number): string {
  const months = Number(first.slice(0, 4)) * 12 + Number(first.slice(5, 7)) - 1 + count
  return `${Math.floor(months / 12)}-${String((months % 12) + 1).padStart(2, '0')}-01`
}

const MONTHS: Record<Exclude<SalesPeriod, 'DAY' | 'WEEK'>, number> = { MONTH: 1, QUARTER: 3, YEAR: 12 }

/** The first day of the period that a day is in. */
export function startOf(day: string, per: SalesPeriod): string {
  if (per === 'DAY') return day
  if (per === 'WEEK') return addDays(day, -((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7))
  const month = Number(day.slice(5, 7)) - 1
  return monthAfter(`${day.slice(0, 7)}-01`, -(month % MONTHS[per]))
}

/** The last day of the period that a day begins. */
export function endOf(start: string, per: SalesPeriod): string {
  if (per === 'DAY') return start
  if (per === 'WEEK') return addDays(start, 6)
  return addDays(monthAfter(start, MONTHS[per]), -1)
}

/** The days of a preset. */
export function daysOf(preset: Preset, today: string): Days {
  const per = preset.endsWith('month') ? 'MONTH' : preset.endsWith('quarter') ? 'QUARTER' : 'YEAR'
  const now = startOf(today, per)
  const from = preset.startsWith('last') ? startOf(addDays(now, -1), per) : now
  return { from, to: endOf(from, per) }
}

/** What the address asks for: a preset, or days of one's own, in whatever order they were chosen. */
export function chosenDays(
  period: string | undefined,
  from: string | undefined,
  to: string | undefined,
  today: string,
): Days & { preset: Preset | 'own' } {
  if (period === 'own') {
    const known = daysOf(PRESET, today)
    const [a, b] = [isDay(from) ? from : known.from, isDay(to) ? to : known.to]
    return a <= b ? { from: a, to: b, preset: 'own' } : { from: b, to: a, preset: 'own' }
  }
  const preset = presets.find((one) => one === period) ?? PRESET
  return { ...daysOf(preset, today), preset }
}

/** The months of a period by their first days, at most two years of them. */
export function monthsOf(days: Days): string[] {
  const all: string[] = []
  for (
    let month = startOf(days.from, 'MONTH');
    month <= days.to && all.length < 24;
    month = addDays(endOf(month, 'MONTH'), 1)
  )
    all.push(month)
  return all
}

/** Whether a period is of whole months, so that targets can be compared with what was attained in it. */
export const isOfMonths = (days: Days): boolean =>
  startOf(days.from, 'MONTH') === days.from && endOf(startOf(days.to, 'MONTH'), 'MONTH') === days.to

/** The days of a group that `per` made: those of its period that were asked for. */
export function daysWithin(days: Days, start: string | undefined, per: SalesPeriod | undefined): Days {
  if (!start || !per) return days
  const end = endOf(start, per)
  return { from: start > days.from ? start : days.from, to: end < days.to ? end : days.to }
}

/** The periods that days of this length are divided into. */
export function usualPeriod(days: Days): SalesPeriod {
  const length = (Date.parse(days.to) - Date.parse(days.from)) / 86_400_000 + 1
  if (length <= 45) return 'WEEK'
  return length <= 800 ? 'MONTH' : 'QUARTER'
}
