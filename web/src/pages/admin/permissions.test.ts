import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { groups, inWords, sourcesOf } from './permissions'

it('knows the permissions of the manual, with their scopes', () => {
  const manual = readFileSync(new URL('../../../../docs/administration.md', import.meta.url), 'utf8')
  const table = manual.split('\n### Permissions\n')[1]?.split('\n## ')[0] ?? ''
  const names = (cell = '') => [...cell.matchAll(/`(\w+)`/g)].map((match) => match[1]).sort()
  const written = table
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|'))
    .map((cells) => [...names(cells[1]), ...names(cells[2]), ...names(cells[4])].join(' '))
  const known = groups.flatMap(({ all }) =>
    all.map((one) => [one.resource, one.action, ...[...one.scopes].sort()].join(' ')),
  )
  expect(written.length).toBeGreaterThan(50)
  expect([...known].sort()).toEqual([...written].sort())
})

it('says a permission in words, the scope only where there are several', () => {
  expect(inWords({ resource: 'customer', action: 'read', scope: 'team' })).toBe('查看客户（下属的）')
  expect(inWords({ resource: 'customer', action: 'claim', scope: 'pool' })).toBe('领取客户')
})

it('finds what a role inherits, also over several roles and in a circle', () => {
  const role = (name: string, ...inherits: string[]) => ({ name, inherits, permissions: [] })
  const roles = [role('a', 'b'), role('b', 'c'), role('c', 'a'), role('d')]
  expect(sourcesOf('a', roles).map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  expect(sourcesOf('d', roles).map(({ name }) => name)).toEqual(['d'])
})
