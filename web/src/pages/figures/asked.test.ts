import { expect, test } from 'vitest'
import { chosenDays, daysOf, daysWithin, endOf, isOfMonths, monthsOf, startOf, usualPeriod } from './asked'

test('presets are whole calendar periods', () => {
  expect(daysOf('month', '2026-02-28')).toEqual({ from: '2026-02-01', to: '2026-02-28' })
  expect(daysOf('last-month', '2026-01-31')).toEqual({ from: '2025-12-01', to: '2025-12-31' })
  expect(daysOf('quarter', '2026-11-30')).toEqual({ from: '2026-10-01', to: '2026-12-31' })
  expect(daysOf('last-quarter', '2026-01-01')).toEqual({ from: '2025-10-01', to: '2025-12-31' })
  expect(daysOf('year', '2028-02-29')).toEqual({ from: '2028-01-01', to: '2028-12-31' })
  expect(daysOf('last-year', '2026-06-01')).toEqual({ from: '2025-01-01', to: '2025-12-31' })
})

test('weeks begin on Monday', () => {
  expect(startOf('2026-11-29', 'WEEK')).toBe('2026-11-23')
  expect(startOf('2026-11-30', 'WEEK')).toBe('2026-11-30')
  expect(endOf('2026-11-30', 'WEEK')).toBe('2026-12-06')
  expect(endOf('2028-02-01', 'MONTH')).toBe('2028-02-29')
})

test('the address is read forgivingly', () => {
  const today = '2026-11-30'
  expect(chosenDays(undefined, undefined, undefined, today)).toEqual({
    from: '2026-10-01',
    to: '2026-12-31',
    preset: 'quarter',
  })
  expect(chosenDays('own', '2026-03-09', '2026-03-01', today)).toEqual({
    from: '2026-03-01',
    to: '2026-03-09',
    preset: 'own',
  })
  expect(chosenDays('own', 'soon', '2026-12-31', today).from).toBe('2026-10-01')
  expect(chosenDays('century', undefined, undefined, today).preset).toBe('quarter')
})

test('a group has those days of its period that were asked for', () => {
  const days = { from: '2026-03-10', to: '2026-05-05' }
  expect(daysWithin(days, '2026-03-01', 'MONTH')).toEqual({ from: '2026-03-10', to: '2026-03-31' })
  expect(daysWithin(days, '2026-05-01', 'MONTH')).toEqual({ from: '2026-05-01', to: '2026-05-05' })
  expect(daysWithin(days, undefined, 'MONTH')).toEqual(days)
})

test('a chart has neither two points nor two hundred', () => {
  expect(usualPeriod(daysOf('month', '2026-11-30'))).toBe('WEEK')
  expect(usualPeriod(daysOf('quarter', '2026-11-30'))).toBe('MONTH')
  expect(usualPeriod({ from: '2020-01-01', to: '2026-12-31' })).toBe('QUARTER')
})

test('targets are of the months of a period', () => {
  expect(monthsOf({ from: '2026-11-15', to: '2027-02-01' })).toEqual([
    '2026-11-01',
    '2026-12-01',
    '2027-01-01',
    '2027-02-01',
  ])
  expect(monthsOf({ from: '2000-01-01', to: '2030-12-31' })).toHaveLength(24)
  expect(isOfMonths({ from: '2028-02-01', to: '2028-02-29' })).toBe(true)
  expect(isOfMonths({ from: '2026-01-01', to: '2026-12-30' })).toBe(false)
  expect(isOfMonths({ from: '2026-01-02', to: '2026-12-31' })).toBe(false)
})
