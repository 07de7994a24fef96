import { expect, it } from 'vitest'
import { kindOf } from './query'

it('knows by its shape what somebody looks for', () => {
  expect(kindOf('+86 138 0013 8000')).toBe('phone')
  expect(kindOf('91350200MA8UTXXX0J')).toBe('code')
  expect(kindOf('SO20261129-0032384')).toBe('order')
  expect(kindOf('厦门鹭岛')).toBe('name')
  expect(kindOf('Acme 2000')).toBe('name')
})
