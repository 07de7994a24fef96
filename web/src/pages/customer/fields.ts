import type { ChoiceKind, CustomerHeadFragment, UpdateCustomerInput } from '@/gql'
import type { Text } from '@/i18n'

/** The fields of a customer that a form has. */
export const fields = ['name', 'creditCode', 'industry', 'level', 'size', 'region', 'source', 'sourceDetail'] as const
export type Field = (typeof fields)[number]

export const labels: Record<Field, Text> = {
  name: ['客户名称', 'Company name'],
  creditCode: ['统一社会信用代码', 'Credit code'],
  industry: ['行业', 'Industry'],
  level: ['级别', 'Level'],
  size: ['规模', 'Size'],
  region: ['地区', 'Region'],
  source: ['来源', 'Source'],
  sourceDetail: ['来源说明', 'Source detail'],
}

/** The fields whose values are choices. */
export const kinds: Partial<Record<Field, ChoiceKind>> = {
  industry: 'INDUSTRY',
  level: 'LEVEL',
  size: 'SIZE',
  region: 'REGION',
  source: 'SOURCE',
}

export type Form = Record<Field, string | null>

export function formOf(customer: CustomerHeadFragment): Form {
  return Object.fromEntries(fields.map((field) => [field, customer[field] ?? null])) as Form
}

/** What a form changes of a customer: nothing else is sent, so nothing else is overwritten. */
export function changes(before: Form, after: Form): Partial<UpdateCustomerInput> {
  const changed = fields.filter((field) => (before[field] || null) !== (after[field]?.trim() || null))
  return Object.fromEntries(changed.map((field) => [field, after[field]?.trim() || null]))
}

/** The fields that somebody else changed, too, to another value. */
export function conflicts(before: Form, mine: Form, theirs: Form): Field[] {
  return fields.filter((field) => {
    const [old, own, other] = [before[field] || null, mine[field]?.trim() || null, theirs[field] || null]
    return own !== old && other !== old && own !== other
  })
}
