import { expect, it } from 'vitest'
import { days, isoOf } from './durations'

it('shows durations as days, and writes the same duration back', () => {
  for (const [text, shown] of [
    ['P3D', '3'],
    ['PT36H', '1.5'],
    ['PT0S', '0'],
    ['P2W', '14'],
  ] as const) {
    expect(days(text)).toBe(shown)
  }
  expect([isoOf('3'), isoOf('1.5'), isoOf('0'), isoOf('')]).toEqual(['P3D', 'P1DT12H', 'PT0S', null])
})
