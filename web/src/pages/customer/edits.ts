import type { TimelineLineFragment } from '@/gql'
import { language, say, type Text } from '@/i18n'
import { date, listed, money } from '@/i18n/format'
import { wordsOf } from '@/i18n/words'
import { choice, shell } from '@/shell'
import { type Field, kinds, labels } from './fields'

type Edit = NonNullable<TimelineLineFragment['edit']>

const names: Record<string, Text> = {
  ...labels,
  title: ['职务', 'Job title'],
  decisionRole: ['决策角色', 'Role in decisions'],
  phones: ['电话', 'Phone numbers'],
  emails: ['邮箱', 'E-mail addresses'],
  wechat: ['微信', 'WeChat'],
  isPrimary: ['主要联系人', 'Primary contact'],
  isArchived: ['归档', 'Archived'],
  expectedProduct: ['意向产品', 'Product'],
  lines: ['产品明细', 'Lines'],
  expectedAmount: ['预计金额', 'Expected amount'],
  amountIsSum: ['金额按明细合计', 'Amount is the sum of the lines'],
  expectedCloseDate: ['预计成交日期', 'Expected close date'],
  probability: ['成交概率', 'Probability'],
}
const contactName: Text = ['姓名', 'Name']
const yes: Text = ['是', 'yes']
const no: Text = ['否', 'no']
const none: Text = ['空', 'nothing']

/** What an edit changed, as people call it: `王芳 · 电话`. */
export function fieldOf(edit: Edit): string {
  const extra = edit.field.startsWith('extras.') ? edit.field.slice('extras.'.length) : null
  const found = shell.value?.extraFields.find((one) => one.key === extra)
  if (found) return language.value === 'zh' ? found.labelZh : found.labelEn
  const text = edit.contact && edit.field === 'name' ? contactName : names[edit.field]
  const field = text ? say(text) : (extra ?? edit.field)
  return edit.contact ? `${edit.contact.name} · ${field}` : field
}

/** A value of an edit in words. A product is known by its id only, so that it is not shown. */
export function valueOf(edit: Edit, values: readonly string[]): string {
  const [first, second] = values
  if (first === undefined) return say(none)
  const { field } = edit
  const kind = kinds[field as Field]
  if (kind) return choice(kind, first)
  if (field === 'isPrimary' || field === 'isArchived' || field === 'amountIsSum')
    return say(first === 'true' ? yes : no)
  if (field === 'decisionRole') return wordsOf('decision').find((one) => one.value === first)?.label ?? first
  if (field === 'expectedAmount' && second) return money({ amount: first, currency: second }, true)
  if (field === 'expectedCloseDate') return date(first)
  if (field === 'probability') return `${first}%`
  if (field === 'expectedProduct') return ''
  if (field === 'lines') return listed(values.map((value) => value.slice(value.indexOf(' ') + 1)))
  return listed(values)
}
