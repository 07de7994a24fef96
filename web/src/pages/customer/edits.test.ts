import { expect, it } from 'vitest'
import { speak } from '@/i18n'
import { fieldOf, valueOf } from './edits'

const edit = (field: string, contact: { id: string; name: string } | null = null) => ({
  field,
  before: [],
  after: [],
  operator: null,
  contact,
})

it('says what was edited, and of which contact', () => {
  speak('zh')
  expect(fieldOf(edit('creditCode'))).toBe('统一社会信用代码')
  expect(fieldOf(edit('name', { id: 'contact_1', name: '王芳' }))).toBe('王芳 · 姓名')
  expect(fieldOf(edit('extras.fleet'))).toBe('fleet')
})

it('writes values as people do', () => {
  speak('zh')
  expect(valueOf(edit('name'), [])).toBe('空')
  expect(valueOf(edit('isArchived'), ['true'])).toBe('是')
  expect(valueOf(edit('phones'), ['1', '2'])).toBe('1、2')
  expect(valueOf(edit('expectedAmount'), ['250.50', 'CNY'])).toBe('¥250.5')
  expect(valueOf(edit('decisionRole'), ['BUYER'])).not.toBe('BUYER')
  expect(valueOf(edit('probability'), ['35'])).toBe('35%')
  expect(valueOf(edit('lines'), ['product_1 2 × 10.00', 'product_2 4 × 2.00 − 1.00'])).toBe(
    '2 × 10.00、4 × 2.00 − 1.00',
  )
})
