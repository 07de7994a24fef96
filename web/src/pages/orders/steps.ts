import type { AdvanceOrderAction, OneOrderQuery, OrderLineFragment } from '@/gql'

export const tones = {
  PENDING: 'warn',
  PAID: 'accent',
  SHIPPED: 'blue',
  DELIVERED: 'ok',
  CANCELLED: undefined,
  REFUNDED: undefined,
} as const

type Order = NonNullable<OneOrderQuery['order']>
export type Instalment = Order['instalments'][number]
export type Payment = Order['payments'][number]

/** What ends an order stands apart from what takes it on. */
export const ends = (step: AdvanceOrderAction): boolean => step === 'CANCEL' || step === 'REFUND'

export const isClosed = (order: Pick<OrderLineFragment, 'status'>): boolean =>
  order.status === 'CANCELLED' || order.status === 'REFUNDED'

/** What is left to pay. */
export const restOf = (of: Pick<OrderLineFragment, 'totalAmount' | 'paidAmount'>) => ({
  // Without decimals that its currency may not have.
  amount: String(Number((Number(of.totalAmount.amount) - Number(of.paidAmount.amount)).toFixed(2))),
  currency: of.totalAmount.currency,
})
