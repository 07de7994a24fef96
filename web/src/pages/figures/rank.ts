import type { PerformanceRank } from '@/gql'

/** By what people are ranked, in the order of the choice. */
export const ranks: readonly PerformanceRank[] = ['BOOKED', 'RECEIVED', 'WON_AMOUNTS', 'WON', 'FOLLOW_UPS', 'CLAIMS']

export interface Ranked {
  name: 'booked' | 'received' | 'wonAmounts' | 'won' | 'followUps' | 'claims'
  isMoney: boolean
}

/** The measure behind each. */
export const measures: Record<PerformanceRank, Ranked> = {
  BOOKED: { name: 'booked', isMoney: true },
  RECEIVED: { name: 'received', isMoney: true },
  WON_AMOUNTS: { name: 'wonAmounts', isMoney: true },
  WON: { name: 'won', isMoney: false },
  FOLLOW_UPS: { name: 'followUps', isMoney: false },
  CLAIMS: { name: 'claims', isMoney: false },
}
