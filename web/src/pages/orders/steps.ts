import type { Action, AdvanceOrderAction, OrderLineFragment, OrderStatus } from '@/gql'

/** The steps that an order allows, the usual one first, as the table `order_step` of the server has them. */
export function stepsOf(
  order: Pick<OrderLineFragment, 'status' | 'paidAmount' | 'totalAmount'>,
): (AdvanceOrderAction & Action)[] {
  const isPaid = Number(order.paidAmount.amount) > 0
  // What a superior shipped before it was paid is paid later, or cancelled.
  const isOwed = Number(order.paidAmount.amount) < Number(order.totalAmount.amount)
  const end = isPaid || !isOwed ? 'REFUND' : 'CANCEL'
  const steps: Record<OrderStatus, (AdvanceOrderAction & Action)[]> = {
    PENDING: isPaid ? ['PAY', 'REFUND'] : ['PAY', 'CANCEL'],
    PAID: ['SHIP', 'REFUND'],
    SHIPPED: isOwed ? ['DELIVER', 'PAY', end] : ['DELIVER', end],
    DELIVERED: isOwed ? ['PAY', end] : [end],
    CANCELLED: [],
    REFUNDED: [],
  }
  return steps[order.status]
}

export const tones = {
  PENDING: 'warn',
  PAID: 'accent',
  SHIPPED: 'blue',
  DELIVERED: 'ok',
  CANCELLED: undefined,
  REFUNDED: undefined,
} as const
