import type {
  OperationCause,
  OperationType,
  PoolLiveSubscription,
  PoolMoreFragment,
  PoolRowFragment,
  QuotaFragment,
} from '@/gql'
import { say, type Text } from '@/i18n'
import type { Refusal } from '@/ui/refusals'

const causes: Record<OperationCause, Text> = {
  MANUAL: ['负责人释放', 'released'],
  MANAGER: ['上级收回', 'taken back by a superior'],
  DEPARTURE: ['负责人离职', 'the owner left'],
  IMPORT: ['导入', 'imported'],
  RULE: ['规则回收', 'taken by a rule'],
  UNDO: ['撤销', 'by an undo'],
}

/** How a customer came into the pool. */
export function cameBy(type: OperationType, cause: OperationCause): string {
  return say(type === 'CREATE' && cause === 'MANUAL' ? ['新录入', 'entered'] : causes[cause])
}

export type PoolEvent = PoolLiveSubscription['poolChanged']
export type Show = 'free' | 'rest' | 'all'

/** A row: what live events bring, what is read with it, and what happened on this page. */
export type PoolRow = PoolRowFragment &
  Partial<PoolMoreFragment> & {
    /** Its protection ended while it was looked at. */
    isBright?: boolean
    /** It left the pool, and is shown a little longer with what is said of it. */
    isGone?: boolean
    isBusy?: boolean
    refusal?: Refusal
  }

/** How names are compared, as the server does it: without case and width. */
export const folded = (text: string): string => text.normalize('NFKC').toLowerCase()

export function isFree(row: PoolRow, now: number): boolean {
  return !row.isBlacklisted && (!row.protectedUntil || Date.parse(row.protectedUntil) <= now)
}

/** Whether a row stands in this view. */
export function belongs(row: PoolRow, show: Show, search: string | undefined, now: number): boolean {
  if (search && !folded(row.name).includes(folded(search))) return false
  if (show === 'all') return true
  return (show === 'free') === (!row.protectedUntil || Date.parse(row.protectedUntil) <= now)
}

/** What events make of the rows: those that stay, and those that are new, the latest first. */
export function apply(
  rows: readonly PoolRow[],
  events: readonly PoolEvent[],
  view: { show: Show; search: string | undefined; now: number },
): { rows: PoolRow[]; added: PoolRow[]; left: Set<string> } {
  const known = new Map(rows.map((row) => [row.id, row]))
  const added = new Map<string, PoolRow>()
  const left = new Set<string>()
  for (const event of events) {
    const id = event.customerId ?? event.customer?.id
    if (!id) continue
    if (event.kind === 'LEFT') {
      const row = known.get(id)
      added.delete(id)
      left.add(id)
      // Who tries to claim it is told why it goes.
      if (row?.isBusy || row?.refusal) known.set(id, { ...row, isGone: true })
      else known.delete(id)
      continue
    }
    if (!event.customer) continue
    left.delete(id)
    const before = known.get(id) ?? added.get(id)
    const isNow = event.kind === 'BECAME_CLAIMABLE'
    const now = isNow ? Math.max(view.now, Date.parse(event.occurredAt)) : view.now
    const row: PoolRow = { ...before, ...event.customer }
    // What was read before it changed says nothing any more.
    if (isNow) {
      row.isBright = true
      row.claimability = undefined
    }
    if (!belongs(row, view.show, view.search, now)) {
      known.delete(id)
      added.delete(id)
    } else if (known.has(id)) {
      known.set(id, row)
    } else {
      added.set(id, row)
    }
  }
  return { rows: [...known.values()], added: [...added.values()].reverse(), left }
}

/** How many more may be claimed today; undefined without a limit. */
export function claimsLeft(quota: QuotaFragment | null | undefined): number | undefined {
  return quota?.claimsLeft ?? undefined
}
