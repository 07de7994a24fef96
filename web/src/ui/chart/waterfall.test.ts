import { expect, test } from 'vitest'
import { waterfall } from './waterfall'

test('each change begins where the one before ended', () => {
  const of = (...values: number[]) =>
    waterfall(values.map((value, index) => ({ key: `${index}`, label: '', value, text: '' })))
  expect(of(10, 5, 0, -8, 1, 8).map(({ key, from, to, tone }) => [key, from, to, tone])).toEqual([
    ['0', undefined, 10, 'whole'],
    ['1', 10, 15, 'up'],
    ['3', 15, 7, 'down'],
    ['4', 7, 8, 'up'],
    ['5', undefined, 8, 'whole'],
  ])
  expect(of(3, 3).map(({ to }) => to)).toEqual([3, 3])
})
