import { expect, test, vi } from 'vitest'

vi.mock('@/shell', () => ({ can: () => true }))
const { columnsOf, firstLine, rowsFrom } = await import('./kinds')

test('the columns of a file are told by header, or by place where headers are equal', () => {
  const rows = rowsFrom([
    { header: '公司', field: 'NAME', extra: null, contact: null },
    { header: '电话', field: 'CONTACT_PHONE', extra: null, contact: 1 },
    { header: '电话', field: 'CONTACT_PHONE', extra: null, contact: 2 },
    { header: '网址', field: 'EXTRA', extra: 'website', contact: null },
    { header: '备用', field: 'IGNORED', extra: null, contact: null },
  ])
  expect(columnsOf(rows, 'CUSTOMERS')).toEqual([
    { header: '公司', field: 'NAME' },
    { position: 2, field: 'CONTACT_PHONE', contact: 1 },
    { position: 3, field: 'CONTACT_PHONE', contact: 2 },
    { header: '网址', field: 'EXTRA', extra: 'website' },
    { header: '备用', field: 'IGNORED' },
  ])
  expect(columnsOf([{ header: '电话', choice: 'CONTACT_PHONE', contact: 2 }], 'CONTACTS')).toEqual([
    { header: '电话', field: 'CONTACT_PHONE' },
  ])
  expect(
    columnsOf(
      [
        { header: ' ', choice: 'NAME', contact: 1 },
        { header: 'a', choice: '', contact: 1 },
      ],
      'CUSTOMERS',
    ),
  ).toEqual([])
})

test('the first line of a CSV file is read as spreadsheets write it', () => {
  expect(firstLine('公司,"电话, 手机",来源\n一,二,三')).toEqual(['公司', '电话, 手机', '来源'])
  expect(firstLine('name;phone\r\n')).toEqual(['name', 'phone'])
  expect(firstLine('a\tb')).toEqual(['a', 'b'])
})
