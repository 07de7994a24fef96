import { expect, test } from 'vitest'
import { steps } from './waterfall'

test('each change begins where the one before ended', () => {
  expect(steps(10, [5, -8, 1])).toEqual([
    { from: 10, to: 15 },
    { from: 15, to: 7 },
    { from: 7, to: 8 },
  ])
  expect(steps(3, [])).toEqual([])
})
