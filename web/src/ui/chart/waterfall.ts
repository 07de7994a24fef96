import type { Bar } from './BarChart.vue'

/**
 * The bars of a waterfall: the opening, what changed it, and the closing. Each change begins where the one before ended;
 * those of nothing are left out.
 */
export function waterfall(
  all: readonly { key: string; label: string; value: number; text: string; address?: string }[],
): Bar[] {
  let at = 0
  return all.flatMap(({ value, ...one }, index): Bar[] => {
    if (index === 0 || index === all.length - 1) {
      at = value
      return [{ ...one, to: value, tone: 'whole' }]
    }
    if (value === 0) return []
    const from = at
    at += value
    return [{ ...one, from, to: at, tone: value > 0 ? 'up' : 'down' }]
  })
}
