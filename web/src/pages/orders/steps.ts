import type { Action, AdvanceOrderAction, OrderLineFragment, OrderStatus } from '@/gql'

/** The steps that an order allows, the usual one first, as the table `order_step` of the server has them. */
export function stepsOf(order: Pick<OrderLineFragment, 'status' | 'paidAmount'>): (AdvanceOrderAction & Action)[] {
  const isPaid = Number(order.paidAmount.amount) > 0
  const steps: Record<OrderStatus, (AdvanceOrderAction & Action)[]> = {
    PENDING: isPaid ? ['PAY', 'REFUND'] : ['PAY', 'CANCEL'],
    PAID: ['SHIP', 'REFUND'],
    SHIPPED: ['DELIVER', 'REFUND'],
    DELIVERED: ['REFUND'],
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
