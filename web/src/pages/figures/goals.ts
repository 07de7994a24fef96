import { ask } from '@/api/client'
import { type TargetInput, type TargetLineFragment, type TargetMeasure, TargetsDocument } from '@/gql'
import { readAll } from '@/ui/list'

/** Which targets are asked for. */
export interface Goal {
  measure: TargetMeasure
  /** Of amounts. */
  currency?: string
  ofTeam: boolean
  /** The first days of the months. */
  months: string[]
}

/** Whose targets, by month. */
export interface GoalRow {
  id: string
  name: string
  cells: (TargetLineFragment | undefined)[]
  value: number
  /** Nothing where these figures are not to be seen. */
  attained: number | undefined
}

export async function readGoals({ measure, currency, ofTeam, months }: Goal): Promise<GoalRow[]> {
  const filter = {
    measure: { eq: measure },
    ofTeam: { eq: ofTeam },
    month: { gte: months[0] ?? null, lte: months[months.length - 1] ?? null },
    ...(currency ? { currency: { eq: currency } } : {}),
  }
  const all = await readAll(async (after) => (await ask(TargetsDocument, { first: 100, after, filter })).targets, 30)
  return rowsOf(all, months)
}

export function rowsOf(all: readonly TargetLineFragment[], months: readonly string[]): GoalRow[] {
  const people = new Map<string, TargetLineFragment[]>()
  for (const target of all) people.set(target.userId, [...(people.get(target.userId) ?? []), target])
  const sum = (values: (string | null)[]) => values.reduce((total, value) => total + Number(value ?? 0), 0)
  return [...people]
    .map(([id, targets]) => ({
      id,
      name: targets[0]?.user?.name ?? '',
      cells: months.map((month) => targets.find((one) => one.month === month)),
      value: sum(targets.map((one) => one.value)),
      attained: targets.some((one) => one.attained === null) ? undefined : sum(targets.map((one) => one.attained)),
    }))
    .sort((a, b) => (b.attained ?? 0) / b.value - (a.attained ?? 0) / a.value || a.name.localeCompare(b.name))
}

/** What was typed, by person and month. An empty field has no target. */
export type Typed = Record<string, Record<string, string>>

/** What differs from the targets that are set. */
export function changes(typed: Typed, rows: readonly GoalRow[], goal: Goal): TargetInput[] {
  const set = new Map(rows.map((row) => [row.id, row]))
  return Object.entries(typed).flatMap(([userId, values]) =>
    goal.months.flatMap((month, index) => {
      const before = set.get(userId)?.cells[index]?.value
      const value = String(values[month] ?? '').trim()
      if ((before === undefined && !value) || (before !== undefined && value && Number(before) === Number(value)))
        return []
      const { measure, ofTeam, currency } = goal
      return [{ userId, month, measure, ofTeam, currency: currency ?? null, value: value || null }]
    }),
  )
}
