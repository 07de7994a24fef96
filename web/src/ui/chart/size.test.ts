import { expect, test } from 'vitest'
import { fit, scale, widthOf } from './size'

test('a text is cut where it ends, by the width of its letters', () => {
  expect(widthOf('商机')).toBe(26)
  expect(fit('商机', 26)).toBe('商机')
  expect(fit('商机阶段', 40)).toBe('商机…')
  expect(fit('Prospecting', 50)).toBe('Prosp…')
})

test('places are in proportion, also of nothing', () => {
  expect(scale(0, 10, 100, 200)(5)).toBe(150)
  expect(scale(-10, 10, 0, 100)(-10)).toBe(0)
  expect(scale(0, 0, 40, 80)(0)).toBe(40)
})
