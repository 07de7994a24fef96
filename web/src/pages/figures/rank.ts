import type { PerformanceRank, TargetMeasure } from '@/gql'

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

/** What targets can be of, in the order of the choice, with the measure of `performance` that counts the same. */
export const goals: Record<TargetMeasure, { name: string; isMoney: boolean; rank?: PerformanceRank }> = {
  BOOKED: { name: 'booked', isMoney: true, rank: 'BOOKED' },
  RECEIVED: { name: 'received', isMoney: true, rank: 'RECEIVED' },
  WON_AMOUNT: { name: 'wonAmounts', isMoney: true, rank: 'WON_AMOUNTS' },
  ORDERS: { name: 'orders', isMoney: false },
  WON: { name: 'won', isMoney: false, rank: 'WON' },
  FOLLOW_UPS: { name: 'followUps', isMoney: false, rank: 'FOLLOW_UPS' },
}
export const goalNames = Object.keys(goals) as TargetMeasure[]
export const goalOf = (rank: PerformanceRank): TargetMeasure | undefined =>
  goalNames.find((one) => goals[one].rank === rank)
