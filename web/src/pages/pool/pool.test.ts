import { describe, expect, it } from 'vitest'
import { apply, type PoolEvent, type PoolRow } from './pool'

const NOW = Date.parse('2026-03-02T00:00:00Z')
const row = (id: string, more: Partial<PoolRow> = {}): PoolRow => ({
  id,
  name: `Company ${id}`,
  industry: null,
  region: null,
  level: null,
  poolEntryTime: '2026-03-01T00:00:00Z',
  protectedUntil: null,
  isBlacklisted: false,
  ...more,
})
const event = (kind: PoolEvent['kind'], of: PoolRow | string, more: Partial<PoolEvent> = {}): PoolEvent => ({
  cursor: 'event_1',
  kind,
  cause: null,
  occurredAt: '2026-03-02T00:00:00Z',
  protectedUntil: null,
  customerId: typeof of === 'string' ? of : of.id,
  customer: typeof of === 'string' ? null : of,
  ...more,
})
const free = { show: 'free', search: undefined, now: NOW } as const

describe('what events make of the pool', () => {
  it('shows who came, the latest first, and no longer who left', () => {
    const result = apply(
      [row('a'), row('b')],
      [event('ENTERED', row('c')), event('ENTERED', row('d')), event('LEFT', 'a')],
      free,
    )
    expect(result.rows.map(({ id }) => id)).toEqual(['b'])
    expect(result.added.map(({ id }) => id)).toEqual(['d', 'c'])
    expect([...result.left]).toEqual(['a'])
  })

  it('keeps a customer out of the list of what can be claimed until its protection ends', () => {
    const held = row('c', { protectedUntil: '2026-03-02T00:00:05Z' })
    expect(apply([], [event('ENTERED', held)], free).added).toEqual([])
    expect(apply([], [event('ENTERED', held)], { ...free, show: 'rest' }).added).toHaveLength(1)
    // The kind decides, although the clock here is five seconds behind.
    const ended = event('BECAME_CLAIMABLE', held, { occurredAt: '2026-03-02T00:00:05Z' })
    expect(apply([], [ended], free).added).toMatchObject([{ id: 'c', isBright: true }])
    expect(apply([held], [ended], { ...free, show: 'rest' }).rows).toEqual([])
  })

  it('keeps a row that is being claimed, so that its claimer is told', () => {
    const result = apply([row('a', { isBusy: true })], [event('LEFT', 'a')], free)
    expect(result.rows).toMatchObject([{ id: 'a', isGone: true }])
  })

  it('leaves out who came and went at once', () => {
    expect(apply([], [event('ENTERED', row('a')), event('LEFT', 'a')], free).added).toEqual([])
  })

  it('compares names without case and width', () => {
    const searched = { ...free, search: 'ａcme' }
    expect(apply([], [event('ENTERED', row('a', { name: 'ACME Ltd' }))], searched).added).toHaveLength(1)
    expect(apply([], [event('ENTERED', row('b', { name: 'Other' }))], searched).added).toEqual([])
  })
})
