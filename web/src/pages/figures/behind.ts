import type { SalesDimension, SalesFactFilter, SalesFactSubject, SalesPeriod } from '@/gql'
import { addDays, instantOf } from '@/i18n/format'
import { type Days, daysWithin } from './asked'

/** A number of an answer: which, of which group, period, currency and stage. */
export interface Cell {
  metric: string
  /** What the group is of; empty for what has none. Undefined in the total. */
  group?: string
  /** The first day of the period of the group. */
  start?: string
  currency?: string
  stage?: string
}

/** What the figure was asked with. */
export interface Question {
  days: Days
  team?: string
  by?: SalesDimension
  per?: SalesPeriod
  mode?: 'REACHED' | 'STRICT'
  /** The manager whose direct reports are the groups by team. Undefined: those at the top of the tree. */
  root?: string
}

export interface Stage {
  code: string
  kind: string
  isActive: boolean
}

/** A cell as a part of the address, and back. */
export function addressOf(cell: Cell): string {
  const { metric, ...rest } = cell
  const parts = Object.entries(rest).filter(([, value]) => value !== undefined)
  return [metric, ...parts.map(([name, value]) => `${name}=${encodeURIComponent(value as string)}`)].join(';')
}

export function cellOf(address: string): Cell {
  const [metric = '', ...parts] = address.split(';')
  const cell: Cell = { metric }
  for (const part of parts) {
    const [name, value = ''] = part.split('=')
    if (name === 'group' || name === 'start' || name === 'currency' || name === 'stage') {
      try {
        cell[name] = decodeURIComponent(value)
      } catch {
        // A link that was cut asks for less.
      }
    }
  }
  return cell
}

const CAUSES = ['MANUAL', 'MANAGER', 'DEPARTURE', 'IMPORT', 'RULE', 'UNDO'] as const
/** The changes of owner, with every cause that one may have. */
const done = (...operations: string[]) =>
  operations.flatMap((operation) => CAUSES.map((cause) => `${operation}:${cause}`))
const of = (subject: SalesFactSubject, ...details: string[]): SalesFactFilter => ({
  subject: { eq: subject },
  ...(details.length > 0 ? { detail: { in: details } } : {}),
})
const hand = (...details: string[]): SalesFactFilter => ({
  subject: { in: ['HAND', 'UNDONE'] },
  detail: { in: details },
})
const pipeline = (...details: string[]) => of('PIPELINE', ...details)
const POOL_MOVES = [
  'CREATE',
  'CLAIM',
  'RELEASE',
  'RECLAIM',
  'ASSIGN',
  'RESTORE',
  'MERGE',
  'TRANSFER_IN',
  'TRANSFER_OUT',
]

/** The facts that a number sums, by its name in `metrics`. Docs: analytics.md. */
const plain: Record<string, SalesFactFilter> = {
  'winRate.won': of('OUTCOME', 'WON'),
  'winRate.lost': of('OUTCOME', 'LOST'),
  'winRate.void': of('OUTCOME', 'VOID'),
  'winRate.rate': of('OUTCOME', 'WON', 'LOST'),
  'winRate.unpriced': { ...of('OUTCOME', 'WON'), currency: { eq: '' } },
  'performance.followUps': { and: [of('FOLLOW_UP'), { not: { detail: { eq: 'ORDER' } } }] },
  'performance.newCustomers': { subject: { in: ['HAND', 'POOL', 'UNDONE'] }, detail: { in: done('CREATE') } },
  'performance.claims': hand(...done('CLAIM')),
  'performance.assigned': hand('ASSIGN:MANAGER'),
  'performance.transferredIn': hand('TRANSFER_IN:MANAGER', 'TRANSFER_IN:DEPARTURE'),
  'performance.transferredOut': hand('TRANSFER_OUT:MANAGER', 'TRANSFER_OUT:DEPARTURE'),
  'performance.releases': hand(...done('RELEASE')),
  'performance.reclaims': hand('RECLAIM:MANAGER', 'RECLAIM:RULE', 'RECLAIM:DEPARTURE'),
  'performance.orders': of('BOOK'),
  'performance.booked': of('BOOK'),
  'performance.calledOff': of('BOOK', 'CANCEL', 'REFUND'),
  'performance.received': of('CASH'),
  'performance.owned': of('HAND'),
  'salesFunnel.entered': of('COHORT'),
  'pipeline.count': pipeline(),
  'pipelineWaterfall.opening': pipeline(),
  'pipelineWaterfall.created': pipeline('CREATED'),
  'pipelineWaterfall.reopened': pipeline('REOPENED'),
  'pipelineWaterfall.resumed': pipeline('RESUMED'),
  'pipelineWaterfall.increased': pipeline('INCREASED'),
  'pipelineWaterfall.decreased': pipeline('DECREASED'),
  'pipelineWaterfall.won': pipeline('WON'),
  'pipelineWaterfall.lost': pipeline('LOST'),
  'pipelineWaterfall.void': pipeline('VOID'),
  'pipelineWaterfall.left': pipeline('LEFT', 'ARCHIVED'),
  'pipelineWaterfall.moved': pipeline('MOVED', 'REASSIGNED', 'RESCHEDULED', 'REWEIGHTED'),
  'pipelineWaterfall.closing': pipeline(),
  'salesCycle.toWin': of('OUTCOME', 'WON'),
  'salesCycle.toLoss': of('OUTCOME', 'LOST'),
  'lifetimeValue.orders': of('BOOK'),
  'lifetimeValue.booked': of('BOOK'),
  'lifetimeValue.received': of('CASH'),
  'lifetimeValue.lastYear': of('BOOK'),
  'forecast.months.open': pipeline(),
  'forecast.overdue': pipeline(),
  'forecast.later': pipeline(),
  'forecast.undated': pipeline(),
  'poolTurnover.opening': of('POOL'),
  'poolTurnover.entered': of('POOL', ...done('CREATE')),
  'poolTurnover.released': of('POOL', ...done('RELEASE')),
  'poolTurnover.reclaimed': of('POOL', 'RECLAIM:MANAGER'),
  'poolTurnover.reclaimedByRule': of('POOL', 'RECLAIM:RULE'),
  'poolTurnover.reclaimedByDeparture': of('POOL', 'RECLAIM:DEPARTURE'),
  'poolTurnover.claimed': of('POOL', ...done('CLAIM')),
  'poolTurnover.assigned': of('POOL', 'ASSIGN:MANAGER'),
  'poolTurnover.undone': of('POOL', ...POOL_MOVES.map((operation) => `${operation}:UNDO`)),
  'poolTurnover.restored': of('POOL', ...done('ARCHIVE', 'RESTORE', 'MERGE')),
  'poolTurnover.closing': of('POOL'),
  'poolTurnover.daysInPool': of('POOL', ...done('CLAIM', 'ASSIGN')),
  'poolTurnover.daysOwned': of('HAND', ...done('RELEASE', 'RECLAIM')),
}
const SAME: Record<string, string> = {
  'winRate.wonAmounts': 'winRate.won',
  'winRate.lostAmounts': 'winRate.lost',
  'winRate.daysToWin': 'winRate.won',
  'winRate.daysToLose': 'winRate.lost',
  'performance.won': 'winRate.won',
  'performance.lost': 'winRate.lost',
  'performance.wonAmounts': 'winRate.won',
  'performance.winRate': 'winRate.rate',
  'salesVelocity.open': 'pipeline.count',
  'salesVelocity.velocities.open': 'pipeline.count',
  'salesVelocity.velocities.winRate': 'winRate.rate',
  'salesVelocity.velocities.averageWon': 'winRate.won',
  'salesVelocity.velocities.cycleDays': 'winRate.won',
  'salesVelocity.velocities.wonPerDay': 'winRate.won',
  'forecast.months.closed': 'winRate.won',
  'forecast.months.weighted': 'forecast.months.open',
  'lifetimeValue.customers': 'lifetimeValue.orders',
  'lifetimeValue.ordersPerYear': 'lifetimeValue.orders',
  'lifetimeValue.averageOrder': 'lifetimeValue.booked',
  'lifetimeValue.perCustomer': 'lifetimeValue.booked',
  'pipeline.amounts': 'pipeline.count',
  'pipeline.weighted': 'pipeline.count',
}

/** Sums of all facts until a day. */
const untilTheEnd = new Set([
  'performance.owned',
  'pipeline.count',
  'pipelineWaterfall.closing',
  'poolTurnover.closing',
  'forecast.months.open',
  'forecast.overdue',
  'forecast.later',
  'forecast.undated',
  'lifetimeValue.orders',
  'lifetimeValue.booked',
  'lifetimeValue.received',
])
const beforeTheBeginning = new Set(['pipelineWaterfall.opening', 'poolTurnover.opening'])

/** In which months what a number of the forecast counts should close, by the month in the cell. */
const closing: Record<string, (month: string) => SalesFactFilter> = {
  'forecast.months.open': (month) => ({ closeMonth: { eq: month } }),
  'forecast.overdue': (month) => ({ closeMonth: { lt: month } }),
  'forecast.later': (month) => ({ closeMonth: { gt: month } }),
  'forecast.undated': () => ({ closeMonth: { isNull: true } }),
}

/** A list in a filter has at most so many values. */
const LIST = 1000
/** More ways than these are not enumerated: their list would be a large request. */
const WAYS = 2000

/** Every order in which some of the stages can come, the empty one included; undefined if there are too many. */
function orders(codes: readonly string[]): string[][] | undefined {
  let all: string[][] = [[]]
  for (let from = 0, length = 1; length <= codes.length; length += 1) {
    const longer: string[][] = []
    for (const one of all.slice(from)) for (const code of codes) if (!one.includes(code)) longer.push([...one, code])
    from = all.length
    all = [...all, ...longer]
    if (all.length > WAYS) return undefined
  }
  return all
}

function ways(begin: readonly string[], rest: readonly string[], ends: readonly string[]): string[] | undefined {
  const all = orders(rest)?.flatMap((way) => ends.map((end) => [...begin, ...way].join('>') + (end && `=${end}`)))
  return all && all.length <= WAYS ? all : undefined
}

/** Any of these values, in lists that a filter may have. */
function anyOf(details: string[] | undefined): SalesFactFilter | undefined {
  if (!details) return undefined
  const lists: SalesFactFilter[] = []
  for (let at = 0; at < details.length; at += LIST) lists.push({ detail: { in: details.slice(at, at + LIST) } })
  return lists.length === 1 ? lists[0] : { or: lists }
}

/** The facts of a number of the funnel, whose details are the ways that opportunities went. */
function ofFunnel(cell: Cell, mode: Question['mode'], all: readonly Stage[]): SalesFactFilter | undefined {
  const open = all.filter((stage) => stage.kind === 'OPEN').map((stage) => stage.code)
  const moved = (more: SalesFactFilter): SalesFactFilter => ({ subject: { eq: 'MOVE' }, ...more })
  const at = open.indexOf(cell.stage ?? '')
  const toKind = (kind: string) => ({
    in: all.filter((stage) => stage.kind === kind).map((stage) => stage.code),
  })
  const left = { detail: { eq: cell.stage ?? '' } }
  const among = (condition: SalesFactFilter | undefined) => condition && { and: [of('COHORT'), condition] }
  switch (cell.metric) {
    case 'salesFunnel.won':
    case 'salesFunnel.conversion':
      return among(anyOf(ways([], open, ['WON'])))
    case 'salesFunnel.lost':
      return among(anyOf(ways([], open, ['LOST'])))
    case 'salesFunnel.void':
      return among(anyOf(ways([], open, ['VOID'])))
    case 'salesFunnel.steps.count': {
      if (at < 0) return undefined
      if (mode === 'STRICT') {
        const active = all.filter((stage) => stage.kind === 'OPEN' && stage.isActive).map((stage) => stage.code)
        const begin = active.slice(0, active.indexOf(cell.stage ?? '') + 1)
        if (begin.length === 0) return undefined
        const rest = open.filter((code) => !begin.includes(code))
        return among(anyOf(ways(begin, rest, ['', 'WON', 'LOST', 'VOID'])))
      }
      // All but those that came to earlier stages alone.
      const earlier = anyOf(ways([], open.slice(0, at), ['', 'LOST', 'VOID']))
      return among(earlier && { not: earlier })
    }
    case 'salesFunnel.steps.arrivals':
      return moved({ stage: { eq: cell.stage ?? '' } })
    case 'salesFunnel.steps.forward':
      return at < 0 ? undefined : moved({ ...left, stage: { in: open.slice(at + 1) } })
    case 'salesFunnel.steps.back':
      return at < 0 ? undefined : moved({ ...left, stage: { in: open.slice(0, at) } })
    case 'salesFunnel.steps.won':
      return moved({ ...left, stage: toKind('WON') })
    case 'salesFunnel.steps.lost':
      return moved({ ...left, stage: toKind('LOST') })
    case 'salesFunnel.steps.void':
      return moved({ ...left, stage: toKind('VOID') })
    case 'salesFunnel.steps.daysInStage':
      return moved(left)
    default:
      return undefined
  }
}

/** Which facts belong to a group. */
function ofGroup(group: string, by: SalesDimension, root: string | undefined): SalesFactFilter | undefined {
  const text = group ? { eq: group } : { isNull: true }
  switch (by) {
    case 'USER':
      return { userId: text }
    case 'TEAM':
      // The manager's own facts are a group, too.
      return group && group !== root ? { teamOf: group } : { userId: text }
    case 'PRODUCT':
      return { productId: text }
    case 'LOST_REASON':
      return { lostReason: text }
    case 'COMPETITOR':
      return { competitor: text }
    case 'POOL_RULE':
      return { poolRuleId: text }
    case 'CLOSE_MONTH':
      return { closeMonth: text }
    case 'STAGE':
      return { stage: { eq: group } }
    case 'SOURCE':
      return { source: text }
    case 'INDUSTRY':
      return { industry: text }
    case 'SIZE':
      return { size: text }
    case 'LEVEL':
      return { level: text }
    case 'REGION':
      return { region: text }
    default:
      return undefined
  }
}

/** The facts behind a number. Undefined for what can't be listed. */
export function factsBehind(cell: Cell, asked: Question, stages: readonly Stage[]): SalesFactFilter | undefined {
  const metric = SAME[cell.metric] ?? cell.metric
  const what = metric.startsWith('salesFunnel.') ? (plain[metric] ?? ofFunnel(cell, asked.mode, stages)) : plain[metric]
  if (!what) return undefined
  const days = daysWithin(asked.days, cell.start, asked.per)
  const first = instantOf(days.from)
  const at = beforeTheBeginning.has(metric)
    ? { lt: first }
    : {
        ...(untilTheEnd.has(metric) && !(cell.start && asked.per) ? {} : { gte: first }),
        lt: instantOf(addDays(days.to, 1)),
      }
  const all: SalesFactFilter[] = [what, { at }]
  const months = closing[metric]
  if (months) all.push(months(cell.start ?? ''))
  if (asked.team) all.push({ teamOf: asked.team })
  if (cell.currency !== undefined) all.push({ currency: { eq: cell.currency } })
  if (cell.group !== undefined && asked.by) {
    const of = ofGroup(cell.group, asked.by, asked.root)
    if (!of) return undefined
    all.push(of)
  }
  return { and: all }
}
