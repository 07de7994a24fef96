import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { allKinds, detail } from './audit'

it('has a word for each kind of entry', () => {
  const schema = readFileSync(new URL('../../../../schema.graphql', import.meta.url), 'utf8')
  const kinds = [...(schema.split('\nenum AuditKind {')[1]?.split('\n}')[0] ?? '').matchAll(/^\t([A-Z_]+)$/gm)]
  expect(kinds.length).toBeGreaterThan(30)
  expect(allKinds().sort()).toEqual(kinds.map((match) => match[1]).sort())
})

it('says details in words, and leaves alone what it does not know', () => {
  for (const [text, said] of [
    ['maxRevealsPerDay: 50 → 40', '每人每天最多查看联系方式：50 → 40'],
    ['protectionPeriod: P3D → PT12H', '保护期：3 天 → 12 小时'],
    ['grantableByHr: true', '人事可授予：是'],
    ['maxOwnedCustomers: 500 → null', '每人最多拥有：500 → 无'],
    ['p, sales, customer, read, team', '销售：查看客户（下属的）'],
    ['secret', '换了密钥'],
    ['/audit-entries.csv', '/audit-entries.csv'],
    ['2026-10-01: 国庆节 (off)', '2026-10-01: 国庆节 (off)'],
  ] as const)
    expect(detail(text, 'SETTINGS_CHANGED')).toBe(said)
  expect(detail('roles: null', 'API_KEY_CREATED')).toBe('角色：账号的全部')
  expect(detail('managerId: user_1', 'USER_CREATED', () => '王经理')).toBe('上级：王经理')
})
