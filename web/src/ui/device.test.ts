import { expect, it } from 'vitest'
import { device } from './device'

it('names browsers as people do', () => {
  expect(device('Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1')).toBe(
    'Safari · iOS',
  )
  expect(device('Mozilla/5.0 (Windows NT 10.0) Chrome/120.0 Safari/537.36 Edg/120.0')).toBe('Edge · Windows')
  expect(device('curl/8.0')).toBe('curl')
  expect(device(null)).toBe('—')
})
