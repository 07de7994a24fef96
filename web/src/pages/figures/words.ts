import type { FactsBehindQuery, FunnelQuery, GroupKeyFragment, SalesDimension, SalesPeriod } from '@/gql'
import { named, say, type Text } from '@/i18n'
import { date, listed, locale, money, number as plain } from '@/i18n/format'
import { word } from '@/i18n/words'
import { can, choice, stage } from '@/shell'
import type { FigureRow, Part } from '@/ui/table-file'
import { addressOf, type Cell } from './behind'

export type Fact = FactsBehindQuery['salesFacts']['edges'][number]['node']
type Share = NonNullable<FunnelQuery['salesFunnel']>['total']['conversion']

/** What the numbers are called, by their names in `metrics`. */
const metrics: Record<string, Text> = {
  'salesFunnel.entered': ['新建商机', 'Created'],
  'salesFunnel.won': ['其中已赢单', 'Won of them'],
  'salesFunnel.lost': ['其中已输单', 'Lost of them'],
  'salesFunnel.void': ['其中无效', 'Void of them'],
  'salesFunnel.conversion': ['转化率', 'Conversion'],
  'salesFunnel.steps.count': ['到达', 'Reached'],
  'salesFunnel.steps.arrivals': ['本期进入', 'Arrivals'],
  'salesFunnel.steps.forward': ['前进', 'Forward'],
  'salesFunnel.steps.back': ['后退', 'Back'],
  'salesFunnel.steps.won': ['赢单', 'Won'],
  'salesFunnel.steps.lost': ['输单', 'Lost'],
  'salesFunnel.steps.void': ['无效', 'Void'],
  'salesFunnel.steps.daysInStage': ['平均停留', 'Time in stage'],
  'winRate.won': ['赢单', 'Won'],
  'winRate.lost': ['输单', 'Lost'],
  'winRate.void': ['无效', 'Void'],
  'winRate.rate': ['赢单率', 'Win rate'],
  'winRate.unpriced': ['赢单未填金额', 'Won without amount'],
  'winRate.wonAmounts': ['赢单金额', 'Amount won'],
  'winRate.lostAmounts': ['输单金额', 'Amount lost'],
  'winRate.daysToWin': ['平均赢单周期', 'Days to win'],
  'winRate.daysToLose': ['平均输单周期', 'Days to lose'],
  'performance.booked': ['合同额', 'Booked'],
  'performance.received': ['回款', 'Received'],
  'performance.calledOff': ['取消和退款', 'Cancelled, refunded'],
  'performance.wonAmounts': ['赢单金额', 'Amount won'],
  'performance.won': ['赢单', 'Won'],
  'performance.lost': ['输单', 'Lost'],
  'performance.winRate': ['赢单率', 'Win rate'],
  'performance.orders': ['订单', 'Orders'],
  'performance.followUps': ['跟进', 'Follow-ups'],
  'performance.newCustomers': ['新客户', 'New customers'],
  'performance.claims': ['领取', 'Claims'],
  'performance.assigned': ['被分配', 'Assigned'],
  'performance.transferredIn': ['转入', 'Transferred in'],
  'performance.transferredOut': ['转出', 'Transferred out'],
  'performance.releases': ['释放', 'Releases'],
  'performance.reclaims': ['被回收', 'Taken back'],
  'performance.owned': ['期末客户', 'Owned at the end'],
  'pipeline.count': ['商机', 'Opportunities'],
  'pipeline.amounts': ['金额', 'Amount'],
  'pipeline.weighted': ['加权金额', 'Weighted'],
  'pipelineWaterfall.opening': ['期初', 'Opening'],
  'pipelineWaterfall.created': ['新建', 'Created'],
  'pipelineWaterfall.reopened': ['重新打开', 'Reopened'],
  'pipelineWaterfall.resumed': ['重新接手', 'Resumed'],
  'pipelineWaterfall.increased': ['金额调高', 'Increased'],
  'pipelineWaterfall.decreased': ['金额调低', 'Decreased'],
  'pipelineWaterfall.won': ['赢单', 'Won'],
  'pipelineWaterfall.lost': ['输单', 'Lost'],
  'pipelineWaterfall.void': ['无效', 'Void'],
  'pipelineWaterfall.left': ['客户流出或归档', 'Left or archived'],
  'pipelineWaterfall.moved': ['组间变动', 'Moved between groups'],
  'pipelineWaterfall.closing': ['期末', 'Closing'],
  'salesCycle.toWin': ['赢单周期', 'Time to win'],
  'salesCycle.toLoss': ['输单周期', 'Time to lose'],
  'salesVelocity.open': ['在跟商机', 'In the pipeline'],
  'salesVelocity.velocities.open': ['在跟商机', 'In the pipeline'],
  'salesVelocity.velocities.winRate': ['赢单率', 'Win rate'],
  'salesVelocity.velocities.averageWon': ['平均赢单金额', 'Average win'],
  'salesVelocity.velocities.cycleDays': ['平均赢单周期', 'Days to win'],
  'salesVelocity.velocities.perDay': ['销售速度（每天）', 'Velocity, a day'],
  'salesVelocity.velocities.wonPerDay': ['实际赢单（每天）', 'Won, a day'],
  'forecast.months.closed': ['已赢单', 'Won'],
  'forecast.months.open': ['在跟金额', 'Open'],
  'forecast.months.weighted': ['加权金额', 'Weighted'],
  'forecast.overdue': ['预计日期已过', 'Expected before'],
  'forecast.later': ['更晚', 'Later'],
  'forecast.undated': ['没有预计日期', 'No expected day'],
  'lifetimeValue.customers': ['成交客户', 'Customers'],
  'lifetimeValue.orders': ['订单', 'Orders'],
  'lifetimeValue.ordersPerYear': ['每客户年订单数', 'Orders a year'],
  'lifetimeValue.booked': ['累计合同额', 'Booked'],
  'lifetimeValue.received': ['累计回款', 'Received'],
  'lifetimeValue.lastYear': ['近一年合同额', 'Booked, last year'],
  'lifetimeValue.averageOrder': ['平均订单金额', 'Average order'],
  'lifetimeValue.perCustomer': ['客户平均价值', 'Per customer'],
  'poolTurnover.opening': ['期初', 'Opening'],
  'poolTurnover.entered': ['新录入', 'Entered'],
  'poolTurnover.released': ['释放', 'Released'],
  'poolTurnover.reclaimed': ['上级回收', 'By a superior'],
  'poolTurnover.reclaimedByRule': ['规则回收', 'By a rule'],
  'poolTurnover.reclaimedByDeparture': ['离职退回', 'By a departure'],
  'poolTurnover.claimed': ['领取', 'Claimed'],
  'poolTurnover.assigned': ['分配', 'Assigned'],
  'poolTurnover.undone': ['撤销', 'Undone'],
  'poolTurnover.restored': ['恢复、归档、合并', 'Restored, archived, merged'],
  'poolTurnover.closing': ['期末', 'Closing'],
  'poolTurnover.daysInPool': ['平均在公海时长', 'Time in the pool'],
  'poolTurnover.daysOwned': ['退回前平均持有时长', 'Owned before the return'],
}
export const metric = (name: string): string => say(metrics[name] ?? [name, name])

const dimensions: Record<SalesDimension | SalesPeriod, Text> = {
  USER: ['人员', 'Person'],
  TEAM: ['团队', 'Team'],
  SOURCE: ['来源', 'Source'],
  INDUSTRY: ['行业', 'Industry'],
  SIZE: ['规模', 'Size'],
  LEVEL: ['级别', 'Level'],
  REGION: ['地区', 'Region'],
  PRODUCT: ['产品', 'Product'],
  LOST_REASON: ['输单原因', 'Reason for the loss'],
  COMPETITOR: ['竞争对手', 'Competitor'],
  STAGE: ['阶段', 'Stage'],
  CLOSE_MONTH: ['预计成交月', 'Expected close'],
  POOL_RULE: ['回收规则', 'Pool rule'],
  DAY: ['日', 'Day'],
  WEEK: ['周', 'Week'],
  MONTH: ['月', 'Month'],
  QUARTER: ['季度', 'Quarter'],
  YEAR: ['年', 'Year'],
}
export const dimension = (by: SalesDimension | SalesPeriod): string => say(dimensions[by])
/** The same within a title. */
export const within = (by: SalesDimension | SalesPeriod): string => dimension(by).toLowerCase()
export const dimensionsOf = <D extends SalesDimension | SalesPeriod>(...all: D[]) =>
  all.map((value) => ({ value, label: dimension(value) }))

const unknown: Text = ['未填写', 'Not given']
const hidden: Text = ['无权查看', 'Not shown to you']
const nobody: Text = ['公海', 'In the pool']

/** `2026年11月`, `2026 Q4`, or the first day. */
export function periodName(start: string, per: SalesPeriod): string {
  const [year = '', month = ''] = start.split('-')
  if (per === 'YEAR') return year
  if (per === 'QUARTER') return `${year} Q${Math.ceil(Number(month) / 3)}`
  if (per === 'MONTH') {
    return new Intl.DateTimeFormat(locale(), { year: 'numeric', month: 'short', timeZone: 'UTC' }).format(
      new Date(`${start}T00:00:00Z`),
    )
  }
  return date(start)
}

/** A group without a user is nobody's for those who may see all names; for others it may be of somebody who is hidden. */
const seesNames = () => can('USER', 'READ', 'NAMES', 'ALL')

/** What a group is called. */
export function groupName(key: GroupKeyFragment, by: SalesDimension | undefined, per: SalesPeriod | undefined): string {
  const value = key.value ?? ''
  const of = () => {
    switch (by) {
      case undefined:
        return ''
      case 'USER':
      case 'TEAM':
        return key.user?.name ?? say(seesNames() ? nobody : hidden)
      case 'STAGE':
        return key.stage ? named(key.stage) : say(unknown)
      case 'PRODUCT':
        return key.product?.name ?? say(value ? hidden : unknown)
      case 'POOL_RULE':
        return key.poolRule?.name ?? say(value ? hidden : (['非规则回收', 'Not by a rule'] as const))
      case 'LOST_REASON':
        return value ? choice(by, value) : say(['未输单', 'Not lost'])
      case 'CLOSE_MONTH':
        return value ? periodName(value, 'MONTH') : say(unknown)
      default:
        return value ? choice(by, value) : say(unknown)
    }
  }
  return listed([key.period && per ? periodName(key.period, per) : '', of()])
}

/** A group among the others. */
export const keyOf = (key: GroupKeyFragment): string => `${key.period} ${key.value} ${key.user?.id}`

/** What a group is of, for its facts. Undefined where that is not told. */
function groupOf(key: GroupKeyFragment, by: SalesDimension | undefined): Pick<Cell, 'group'> | undefined {
  switch (by) {
    case undefined:
      return {}
    case 'USER':
    case 'TEAM':
      return key.user || seesNames() ? { group: key.user?.id ?? '' } : undefined
    case 'PRODUCT':
      return key.product || !key.value ? { group: key.product?.id ?? '' } : undefined
    case 'POOL_RULE':
      return key.poolRule || !key.value ? { group: key.poolRule?.id ?? '' } : undefined
    default:
      return { group: key.value ?? '' }
  }
}

/** Where a number of a group leads. */
export function address(
  name: string,
  key: GroupKeyFragment | undefined,
  by: SalesDimension | undefined,
  more: Partial<Cell> = {},
): string | undefined {
  if (!key) return addressOf({ metric: name, ...more })
  const group = groupOf(key, by)
  return group && addressOf({ metric: name, ...group, start: key.period ?? undefined, ...more })
}

const together: Text = ['合计', 'Total']
/** The rows of a table: one of each group, and one of all together, which has no key. */
export function rowsOf<G extends { key: GroupKeyFragment }>(
  groups: readonly G[],
  total: G | undefined,
  name: (group: G) => string,
  cells: (group: G, key: GroupKeyFragment | undefined) => Part[][],
): FigureRow[] {
  return [
    ...groups.map((group) => ({ key: keyOf(group.key), label: name(group), cells: cells(group, group.key) })),
    ...(total ? [{ key: 'total', label: say(together), isTotal: true, cells: cells(total, undefined) }] : []),
  ]
}

export const number = (value: number): string => plain(value).replace('-', '−')

export function share(value: string | null): string {
  return value === null ? '—' : `${(Number(value) * 100).toFixed(1)}%`
}

export function days(value: string | null): string {
  if (value === null) return '—'
  const shown = Number(value) >= 10 ? Math.round(Number(value)) : Number(Number(value).toFixed(1))
  return say(['{n} 天', '{n} {n|day|days}'], { n: shown })
}

export const count = (value: number, to: string | undefined): Part[] => [
  { text: number(value), value, address: value === 0 ? undefined : to },
]

/** An amount, without what says little of a large one: its small change, and one decimal from a hundred million on. */
export function amount(sum: { amount: string; currency: string }): string {
  const value = Number(sum.amount)
  const shown =
    Math.abs(value) < 1e8
      ? money(Math.abs(value) < 1000 ? sum : { ...sum, amount: String(Math.round(value)) })
      : new Intl.NumberFormat(locale(), {
          style: 'currency',
          currency: sum.currency,
          notation: 'compact',
          maximumFractionDigits: 2,
        }).format(value)
  return shown.replace('-', '−')
}

export function amounts(
  sums: readonly { amount: string; currency: string }[],
  to: (currency: string) => string | undefined,
): Part[] {
  return sums.map((sum) => ({
    text: amount(sum),
    title: money(sum, true),
    value: sum.amount,
    unit: sum.currency,
    address: to(sum.currency),
  }))
}

/** More bars than these help nobody; the table has them all. */
export const BARS = 20
/** What is said of a chart, and of the groups that it leaves out. */
export const about = (groups: number, text?: string): string | undefined =>
  listed([text, groups > BARS ? say(['图中是前 {n} 组', 'the chart has the first {n}'], { n: BARS }) : undefined]) ||
  undefined

const few: Text = ['样本少', 'few']
/** A share with the interval that it lies in, and whether it is of few. */
export function rate(of: Share, to: string | undefined): Part[] {
  if (of.value === null) return [{ text: '—', value: null }]
  const between = `${share(of.low).replace('%', '')}–${share(of.high)}`
  return [
    {
      text: share(of.value),
      value: of.value,
      note: of.isFew ? `${between} · ${say(few)}` : between,
      address: to,
    },
  ]
}
/** A share as charts draw it. */
export function drawn(of: Share) {
  const at = (value: string | null) => (value === null ? null : Number(value))
  return {
    to: at(of.value),
    low: at(of.low),
    high: at(of.high),
    few: of.isFew,
    text: `${share(of.value)} (${number(of.hits)}/${number(of.of)})`,
  }
}
export const plainShare = (of: Share): Part[] => [
  { text: share(of.value), value: of.value, note: of.value !== null && of.isFew ? say(few) : undefined },
]
export const duration = (value: string | null, to: string | undefined): Part[] => [
  { text: days(value), value, address: value === null ? undefined : to },
]

/** Whether the opening and the changes add up to the closing. */
export const difference = (residual: number, isNone: boolean) => ({
  label: say(['差额', 'Difference']),
  text: isNone ? '0 ✓' : number(residual),
  about: say(
    isNone
      ? ['各项相加等于期末', 'The parts add up to the closing']
      : ['各项相加不等于期末', 'The parts do not add up'],
  ),
  tone: isNone ? ('ok' as const) : ('danger' as const),
})

const subjects: Record<Fact['subject'], Text> = {
  HAND: ['客户归属', 'Owner'],
  POOL: ['公海', 'Pool'],
  UNDONE: ['撤销', 'Undone'],
  MOVE: ['阶段变化', 'Stage'],
  COHORT: ['新建商机', 'Opportunity created'],
  OUTCOME: ['商机结果', 'Outcome'],
  PIPELINE: ['在跟商机', 'Pipeline'],
  BOOK: ['订单', 'Order'],
  CASH: ['回款', 'Payment'],
  FOLLOW_UP: ['跟进', 'Follow-up'],
}
const details: Record<string, Text> = {
  WON: ['赢单', 'won'],
  LOST: ['输单', 'lost'],
  VOID: ['无效', 'void'],
  CREATED: ['新建', 'created'],
  REOPENED: ['重新打开', 'reopened'],
  RESUMED: ['重新接手', 'resumed'],
  INCREASED: ['金额调高', 'amount increased'],
  DECREASED: ['金额调低', 'amount decreased'],
  LEFT: ['客户流出', 'customer left'],
  ARCHIVED: ['归档', 'archived'],
  MOVED: ['换阶段', 'stage moved'],
  REASSIGNED: ['换负责人', 'reassigned'],
  RESCHEDULED: ['改预计成交', 'rescheduled'],
  REWEIGHTED: ['改概率', 'probability changed'],
}
const sides: Record<string, Text> = {
  TRANSFER_IN: ['转入', 'transferred in'],
  TRANSFER_OUT: ['转出', 'transferred out'],
}

/** What happened, in words. */
export function factName(fact: Fact): string {
  const what = say(subjects[fact.subject])
  const joined = (...parts: string[]) => [what, ...parts].filter(Boolean).join(' · ')
  switch (fact.subject) {
    case 'HAND':
    case 'POOL':
    case 'UNDONE': {
      const [operation = '', cause = ''] = fact.detail.split(':')
      const side = sides[operation]
      return joined(side ? say(side) : word('operation', operation as 'CLAIM'), word('cause', cause as 'MANUAL'))
    }
    case 'MOVE':
      return joined(fact.detail ? `${stage(fact.detail)} → ${stage(fact.stage)}` : stage(fact.stage))
    case 'COHORT': {
      const [way = '', end = ''] = fact.detail.split('=')
      const ended = details[end]
      return joined(way.split('>').filter(Boolean).map(stage).join(' → '), ended ? say(ended) : '')
    }
    case 'BOOK':
    case 'CASH':
      return joined(word('stepDone', fact.detail as 'PAY'))
    case 'FOLLOW_UP':
      return joined(word('channel', fact.detail as 'PHONE'))
    default: {
      const of = details[fact.detail]
      return joined(of ? say(of) : fact.detail)
    }
  }
}
