/** The lines of an order or an opportunity while they are typed. */
export interface Line {
  key: number
  product: { id: string; name: string } | null
  quantity: string
  price: string
  discount: string
}

interface Known {
  product: { id: string; name: string } | null
  quantity: string
  unitPrice: { amount: string }
  discount: { amount: string }
}

let last = 0

/** A new line, of a product if one is known. */
export function lineOf(product: Line['product'] = null): Line {
  last += 1
  return { key: last, product, quantity: '1', price: '', discount: '' }
}

/** Lines that are there, to be changed or taken over. */
export function linesOf(known: readonly Known[]): Line[] {
  return known.map((one) => ({
    ...lineOf(one.product),
    quantity: one.quantity,
    price: one.unitPrice.amount,
    discount: Number(one.discount.amount) === 0 ? '' : one.discount.amount,
  }))
}

/** What is sent of the lines. */
export function inputOf(lines: readonly Line[]) {
  return lines.map((one) => ({
    productId: one.product?.id ?? '',
    quantity: String(one.quantity),
    unitPrice: one.price === '' ? null : String(one.price),
    discount: one.discount === '' ? null : String(one.discount),
  }))
}

/** The sum of the lines as far as they are typed. */
export function totalOf(lines: readonly Line[]): string {
  const amount = (one: Line) => Number(one.quantity || 0) * Number(one.price || 0) - Number(one.discount || 0)
  return String(lines.reduce((sum, one) => sum + amount(one), 0))
}

/** Whether each line has a product and a quantity. */
export function areWhole(lines: readonly Line[]): boolean {
  return lines.every((one) => one.product && Number(one.quantity) > 0)
}
