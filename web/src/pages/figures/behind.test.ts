import { expect, test } from 'vitest'
import { useZone } from '@/i18n/format'
import { addressOf, cellOf, factsBehind, type Stage } from './behind'

const stages: Stage[] = [
  { code: 'A', kind: 'OPEN', isActive: true },
  { code: 'B', kind: 'OPEN', isActive: true },
  { code: 'C', kind: 'OPEN', isActive: true },
  { code: 'YES', kind: 'WON', isActive: true },
  { code: 'NO', kind: 'LOST', isActive: true },
]
const days = { from: '2026-03-01', to: '2026-03-31' }
useZone('Asia/Shanghai')
const at = { gte: '2026-02-28T16:00:00.000Z', lt: '2026-03-31T16:00:00.000Z' }

test('a cell comes back from the address as it was', () => {
  const cell = { metric: 'winRate.won', group: 'a;b=c', start: '2026-03-01', currency: 'CNY' }
  expect(cellOf(addressOf(cell))).toEqual(cell)
  expect(cellOf(addressOf({ metric: 'winRate.won', group: '' }))).toEqual({ metric: 'winRate.won', group: '' })
  expect(cellOf('winRate.won;group=%E4%;odd=1').group).toBeUndefined()
})

test('a number of a group and a period is its facts of these days', () => {
  const asked = { days, by: 'SOURCE' as const }
  expect(factsBehind({ metric: 'performance.booked', group: 'WEBSITE', currency: 'CNY' }, asked, stages)).toEqual({
    and: [{ subject: { eq: 'BOOK' } }, { at }, { currency: { eq: 'CNY' } }, { source: { eq: 'WEBSITE' } }],
  })
  expect(factsBehind({ metric: 'winRate.won', group: '' }, asked, stages)?.and?.[2]).toEqual({
    source: { isNull: true },
  })
  const weeks = { days, per: 'WEEK' as const }
  expect(factsBehind({ metric: 'winRate.won', start: '2026-02-23' }, weeks, stages)?.and?.[1]).toEqual({
    at: { gte: at.gte, lt: '2026-03-01T16:00:00.000Z' },
  })
})

test('a balance is all facts until its day', () => {
  const of = (metric: string) => factsBehind({ metric }, { days }, stages)?.and?.[1]
  expect(of('pipelineWaterfall.opening')).toEqual({ at: { lt: at.gte } })
  expect(of('pipelineWaterfall.closing')).toEqual({ at: { lt: at.lt } })
  expect(of('performance.owned')).toEqual({ at: { lt: at.lt } })
  expect(of('pipelineWaterfall.won')).toEqual({ at })
})

test('a forecast is the pipeline by the month in which it should close', () => {
  const asked = { days }
  const of = (metric: string, start?: string) =>
    factsBehind({ metric: `forecast.${metric}`, start, currency: 'CNY' }, asked, stages)?.and
  const CNY = { currency: { eq: 'CNY' } }
  const until = { at: { lt: at.lt } }
  const what = { subject: { eq: 'PIPELINE' } }
  expect(of('months.weighted', '2026-05-01')).toEqual([what, until, { closeMonth: { eq: '2026-05-01' } }, CNY])
  expect(of('overdue', '2026-03-01')).toEqual([what, until, { closeMonth: { lt: '2026-03-01' } }, CNY])
  expect(of('later', '2027-02-01')).toEqual([what, until, { closeMonth: { gt: '2027-02-01' } }, CNY])
  expect(of('undated')).toEqual([what, until, { closeMonth: { isNull: true } }, CNY])
  expect(of('months.closed', '2026-03-01')?.slice(0, 2)).toEqual([
    { subject: { eq: 'OUTCOME' }, detail: { in: ['WON'] } },
    { at },
  ])
})

test('what customers brought is all until the day, and that of the last year of its days', () => {
  const of = (metric: string) => factsBehind({ metric: `lifetimeValue.${metric}` }, { days }, stages)?.and?.[1]
  expect(of('perCustomer')).toEqual({ at: { lt: at.lt } })
  expect(of('received')).toEqual({ at: { lt: at.lt } })
  expect(of('lastYear')).toEqual({ at })
})

test('a team is those of then; the manager’s own facts are a group', () => {
  const asked = { days, team: 'user_1', by: 'TEAM' as const, root: 'user_1' }
  expect(factsBehind({ metric: 'winRate.won', group: 'user_2' }, asked, stages)?.and?.slice(2)).toEqual([
    { teamOf: 'user_1' },
    { teamOf: 'user_2' },
  ])
  expect(factsBehind({ metric: 'winRate.won', group: 'user_1' }, asked, stages)?.and?.[3]).toEqual({
    userId: { eq: 'user_1' },
  })
})

/** Which of all ways a filter of the funnel lets through. */
function through(stage: string, mode: 'REACHED' | 'STRICT', way: string): boolean {
  const filter = factsBehind({ metric: 'salesFunnel.steps.count', stage }, { days, mode }, stages)
  const condition = filter?.and?.[0]?.and?.[1]
  const list = condition?.not ?? condition
  const isIn = list?.detail?.in?.includes(way) ?? false
  return condition?.not ? !isIn : isIn
}

test('a stage that was reached is itself or a later one, or the win', () => {
  expect(
    ['', 'A', 'A=LOST', 'B', 'A>B', 'C=VOID', 'A=WON', '=LOST'].filter((way) => through('B', 'REACHED', way)),
  ).toEqual(['B', 'A>B', 'C=VOID', 'A=WON'])
  expect(through('A', 'REACHED', 'B')).toBe(true)
})

test('a strict stage has all before it, in order', () => {
  expect(
    ['A', 'A>B', 'A>B=WON', 'A>B>C=LOST', 'A>C>B', 'B', 'B>A', 'A>C'].filter((way) => through('B', 'STRICT', way)),
  ).toEqual(['A>B', 'A>B=WON', 'A>B>C=LOST'])
})

test('what went where is moves', () => {
  const of = (metric: string) =>
    factsBehind({ metric: `salesFunnel.steps.${metric}`, stage: 'B' }, { days }, stages)?.and?.[0]
  expect(of('forward')).toEqual({ subject: { eq: 'MOVE' }, detail: { eq: 'B' }, stage: { in: ['C'] } })
  expect(of('back')).toEqual({ subject: { eq: 'MOVE' }, detail: { eq: 'B' }, stage: { in: ['A'] } })
  expect(of('lost')).toEqual({ subject: { eq: 'MOVE' }, detail: { eq: 'B' }, stage: { in: ['NO'] } })
  expect(of('arrivals')).toEqual({ subject: { eq: 'MOVE' }, stage: { eq: 'B' } })
})

test('ways that are too many are not listed', () => {
  const many = [...'ABCDEFGH'].map((code) => ({ code, kind: 'OPEN', isActive: true }))
  expect(factsBehind({ metric: 'salesFunnel.won' }, { days }, many)).toBeUndefined()
  expect(factsBehind({ metric: 'salesFunnel.steps.count', stage: 'F' }, { days }, many)).toBeDefined()
  expect(factsBehind({ metric: 'salesFunnel.steps.count', stage: 'H' }, { days }, many)).toBeUndefined()
})
