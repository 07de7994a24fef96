import { expect, it } from 'vitest'
import { changes, conflicts, type Form } from './fields'

const form = (more: Partial<Form> = {}): Form => ({
  name: 'Acme',
  creditCode: null,
  industry: 'RETAIL',
  level: null,
  size: null,
  region: null,
  source: 'WEBSITE',
  sourceDetail: null,
  ...more,
})

it('sends what was changed, and null for what was emptied', () => {
  expect(changes(form(), form({ name: ' Acme Ltd ', industry: '' }))).toEqual({ name: 'Acme Ltd', industry: null })
  expect(changes(form(), form({ sourceDetail: '' }))).toEqual({})
})

it('asks about what both changed to different values', () => {
  const theirs = form({ name: 'Acme Inc', region: 'EAST', size: 'SMALL' })
  expect(conflicts(form(), form({ name: 'Acme Ltd', region: 'EAST' }), theirs)).toEqual(['name'])
})
