import { expect, test } from 'vitest'
import type { TargetLineFragment } from '@/gql'
import { changes, type Goal, rowsOf } from './goals'

const target = (userId: string, month: string, value: string, attained: string | null): TargetLineFragment => ({
  id: userId + month,
  userId,
  month,
  value,
  attained,
  user: { id: userId, name: userId },
})
const months = ['2026-11-01', '2026-12-01']
const goal: Goal = { measure: 'BOOKED', currency: 'CNY', ofTeam: false, months }

test('a row sums the months of a person, and who has attained most of it comes first', () => {
  const rows = rowsOf(
    [
      target('ann', '2026-11-01', '100', '20.00'),
      target('ben', '2026-11-01', '50', '25'),
      target('ann', '2026-12-01', '100', '0'),
    ],
    months,
  )
  expect(rows.map(({ id, value, attained }) => [id, value, attained])).toEqual([
    ['ben', 50, 25],
    ['ann', 200, 20],
  ])
  expect(rows[0]?.cells.map((cell) => cell?.value)).toEqual(['50', undefined])
  expect(rowsOf([target('ann', '2026-11-01', '100', null)], months)[0]?.attained).toBeUndefined()
})

test('only what was changed is set, and an emptied field removes the target', () => {
  const rows = rowsOf([target('ann', '2026-11-01', '100', '0'), target('ann', '2026-12-01', '100', '0')], months)
  const common = { measure: 'BOOKED', ofTeam: false, currency: 'CNY' }
  const typed = { ann: { '2026-11-01': '100.00', '2026-12-01': '' }, ben: { '2026-11-01': '', '2026-12-01': '70' } }
  expect(changes(typed, rows, goal)).toEqual([
    { ...common, userId: 'ann', month: '2026-12-01', value: null },
    { ...common, userId: 'ben', month: '2026-12-01', value: '70' },
  ])
})
