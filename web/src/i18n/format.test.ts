import { beforeEach, describe, expect, it } from 'vitest'
import { fill, language } from '.'
import { addDays, ago, dayOf, due, duration, instantOf, left, money, nextMonday, sums, useZone } from './format'

const NOW = Date.parse('2026-03-02T08:00:00Z')

beforeEach(() => {
  language.value = 'zh'
  useZone('Asia/Shanghai')
})

describe('days are those of the business time zone', () => {
  it('knows the day and the instant at which it begins', () => {
    expect(dayOf('2026-03-01T16:30:00Z')).toBe('2026-03-02')
    expect(instantOf('2026-03-02')).toBe('2026-03-01T16:00:00.000Z')
    useZone('America/New_York')
    expect(instantOf('2026-03-08', '12:00')).toBe('2026-03-08T16:00:00.000Z')
    expect(instantOf('2026-03-07', '12:00')).toBe('2026-03-07T17:00:00.000Z')
  })

  it('counts days', () => {
    expect(addDays('2026-02-27', 3)).toBe('2026-03-02')
    expect(nextMonday('2026-03-02')).toBe('2026-03-09')
    expect(nextMonday('2026-03-08')).toBe('2026-03-09')
  })

  it('says what is due, and how long ago', () => {
    expect(due('2026-03-02T10:00:00Z', NOW)).toBe('今天 18:00')
    expect(due('2026-02-28T10:00:00Z', NOW)).toBe('逾期 2 天')
    expect(ago('2026-03-02T07:30:00Z', NOW)).toBe('30 分钟前')
    expect(ago('2026-03-01T07:30:00Z', NOW)).toBe('昨天')
    language.value = 'en'
    expect(due('2026-03-01T10:00:00Z', NOW)).toBe('1 day overdue')
    expect(ago('2026-02-26T07:30:00Z', NOW)).toBe('4 days ago')
  })
})

describe('numbers', () => {
  it('shortens large amounts as the language does', () => {
    expect(money({ amount: '483000.00', currency: 'CNY' })).toBe('¥48.3万')
    expect(money({ amount: '1234.50', currency: 'CNY' })).toBe('¥1,234.5')
    language.value = 'en'
    expect(money({ amount: '483000.00', currency: 'CNY' })).toMatch(/^CN¥483k$/i)
  })

  it('never adds amounts of different currencies', () => {
    const amounts = [
      { amount: '10', currency: 'CNY' },
      { amount: '5', currency: 'USD' },
      null,
      { amount: '2.5', currency: 'CNY' },
    ]
    expect(sums(amounts)).toBe('¥12.5 + US$5')
  })

  it('counts down', () => {
    expect(left(3_723_000)).toBe('01:02:03')
    expect(left(2 * 86_400_000 + 11_529_000)).toBe('2天 03:12:09')
    expect(left(-5)).toBe('00:00:00')
  })

  it('says durations in words', () => {
    expect(duration('P1W2DT3H')).toBe('1 周 2 天 3 小时')
    language.value = 'en'
    expect(duration('P1D')).toBe('1 day')
    expect(duration('PT0S')).toBe('0 days')
  })
})

it('fills texts, with the number deciding about the word', () => {
  expect(fill('{n} {n|customer|customers}', { n: 1 })).toBe('1 customer')
  expect(fill('{n} {n|customer|customers}', { n: 1200 })).toBe('1,200 customers')
})
