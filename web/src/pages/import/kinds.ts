import type { ImportColumnInput, ImportField, ImportKind } from '@/gql'
import type { Text } from '@/i18n'
import { can } from '@/shell'

interface Kind {
  /** Who may bring such files. */
  isShown: () => boolean
  /** What the file must have. */
  needs: Text
  /** What its columns can hold. */
  fields: readonly ImportField[]
}

const CONTACT = ['CONTACT_NAME', 'CONTACT_TITLE', 'CONTACT_PHONE', 'CONTACT_EMAIL', 'CONTACT_WECHAT'] as const
const OF_CUSTOMER = ['CUSTOMER_EXTERNAL_ID', 'NAME'] as const
const mayAssign = () => can('CUSTOMER', 'ASSIGN')

/** What can be imported, in the order in which a company moves in. */
export const kinds: Record<ImportKind, Kind> = {
  CUSTOMERS: {
    isShown: () => can('CUSTOMER', 'CREATE'),
    needs: ['需要：客户名称', 'It needs: the company’s name'],
    fields: [
      'NAME',
      'CREDIT_CODE',
      ...(['SOURCE', 'SOURCE_DETAIL', 'INDUSTRY', 'SIZE', 'LEVEL', 'REGION'] as const),
      ...CONTACT,
      ...(['OWNER', 'OWNED_SINCE', 'LAST_FOLLOW_UP', 'EXTERNAL_ID', 'EXTRA'] as const),
    ],
  },
  CONTACTS: {
    isShown: () => can('CONTACT', 'WRITE'),
    needs: ['需要：客户名称或客户的外部编号', 'It needs: the customer’s name or external id'],
    fields: [...OF_CUSTOMER, ...CONTACT, 'EXTERNAL_ID'],
  },
  PRODUCTS: {
    isShown: () => can('PRODUCT', 'WRITE'),
    needs: ['需要：产品编码、产品名称、单价', 'It needs: SKU, product name, unit price'],
    fields: ['SKU', 'PRODUCT_NAME', 'UNIT_PRICE', 'CURRENCY', 'UNIT', 'CATEGORY', 'ACTIVE', 'EXTERNAL_ID'],
  },
  OPPORTUNITIES: {
    isShown: mayAssign,
    needs: ['需要：客户、外部编号、时间、阶段', 'It needs: the customer, external id, time, stage'],
    fields: [
      'EXTERNAL_ID',
      ...OF_CUSTOMER,
      ...(['AT', 'STAGE', 'AMOUNT', 'CURRENCY', 'SKU', 'PRODUCT_EXTERNAL_ID', 'CLOSE_DATE', 'PROBABILITY'] as const),
      ...(['CLOSED_AT', 'LOST_REASON', 'LOST_REMARK', 'COMPETITOR', 'OPPORTUNITY_NAME', 'NOTE', 'OWNER'] as const),
    ],
  },
  ORDERS: {
    isShown: mayAssign,
    needs: ['需要：外部编号、时间、数量', 'It needs: external id, time, quantity'],
    fields: [
      'EXTERNAL_ID',
      'ORDER_NO',
      ...OF_CUSTOMER,
      ...([
        'AT',
        'SKU',
        'PRODUCT_EXTERNAL_ID',
        'QUANTITY',
        'UNIT_PRICE',
        'DISCOUNT',
        'CURRENCY',
        'PAYMENT',
        'PAID_AT',
      ] as const),
      ...(['SHIPPED_AT', 'DELIVERED_AT', 'CANCELLED_AT', 'SOLD_BY', 'OPPORTUNITY_EXTERNAL_ID', 'REMARK'] as const),
    ],
  },
  FOLLOW_UPS: {
    isShown: mayAssign,
    needs: ['需要：客户、时间、跟进内容', 'It needs: the customer, time, content'],
    fields: [
      ...OF_CUSTOMER,
      ...([
        'AT',
        'CONTENT',
        'CHANNEL',
        'AUTHOR',
        'NEXT_PLAN',
        'NEXT_CONTACT',
        'OPPORTUNITY_EXTERNAL_ID',
        'EXTERNAL_ID',
      ] as const),
    ],
  },
}
export const kindNames = Object.keys(kinds) as ImportKind[]

/** A column, and what was chosen for it: nothing, a field, or `EXTRA:` with the key of an extra field. */
export interface ColumnRow {
  header: string
  /** Where columns have the same header, or none. */
  position?: number
  choice: string
  /** Which contact of the row, from 1. */
  contact: number
  /** Whether the header is typed, because the file can't be read here. */
  isTyped?: boolean
}

/** The columns of a file as they were understood. */
export function rowsFrom(
  columns: readonly { header: string; field: ImportField; extra: string | null; contact: number | null }[],
): ColumnRow[] {
  return columns.map(({ header, field, extra, contact }, index) => ({
    header,
    position: !header || columns.filter((one) => one.header === header).length > 1 ? index + 1 : undefined,
    choice: field === 'EXTRA' ? `EXTRA:${extra}` : field,
    contact: contact ?? 1,
  }))
}

/** What the server is told of the columns. */
export function columnsOf(rows: readonly ColumnRow[], kind: ImportKind): ImportColumnInput[] {
  return rows
    .filter((row) => row.choice && (row.position || row.header.trim()))
    .map(({ header, position, choice, contact }) => {
      const [field = '', extra] = choice.split(':', 2)
      const isContact = kind === 'CUSTOMERS' && field.startsWith('CONTACT_')
      return {
        ...(position ? { position } : { header: header.trim() }),
        field: field as ImportField,
        ...(extra ? { extra } : {}),
        ...(isContact ? { contact } : {}),
      }
    })
}

/** The headers of a CSV file as far as they can be read here: UTF-8, or the Chinese encodings that spreadsheets write. */
export async function headersOf(file: File): Promise<string[]> {
  if (!/\.(csv|txt)$/i.test(file.name)) return []
  const bytes = await file.slice(0, 64_000).arrayBuffer()
  return firstLine(decode(bytes))
}

function decode(bytes: ArrayBuffer): string {
  for (const encoding of ['utf-8', 'gb18030']) {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true })
    } catch {
      // It is written in another one.
    }
  }
  return ''
}

/** The cells of the first line, with quotes as CSV has them. */
export function firstLine(text: string): string[] {
  const line = /^(?:"(?:[^"]|"")*"|[^"\r\n])*/.exec(text)?.[0] ?? ''
  const separator = [',', '\t', ';'].sort((a, b) => line.split(b).length - line.split(a).length)[0] ?? ','
  const cells: string[] = []
  let cell = ''
  let isQuoted = false
  for (const letter of line) {
    if (letter === '"') isQuoted = !isQuoted
    else if (letter === separator && !isQuoted) {
      cells.push(cell.trim())
      cell = ''
    } else cell += letter
  }
  return [...cells, cell.trim()]
}
