import { expect, test } from 'vitest'
import { fileOf, withoutFormula } from './table-file'

test('texts that look like formulas get an apostrophe, as in the files of the server', () => {
  const texts = ['=1+1', '+86 138', '-5', '@x', 'a=b', '', '＝1+1', 'a;=1+1', 'a; "+1', 'a；－1', ' =1', 'a\n-1']
  expect(texts.map(withoutFormula)).toEqual([
    "'=1+1",
    "'+86 138",
    "'-5",
    "'@x",
    'a=b',
    '',
    "'＝1+1",
    "a;'=1+1",
    'a; "\'+1',
    "a；'－1",
    " '=1",
    "a\n'-1",
  ])
})

test('a file has a mark, a column for each currency, numbers as numbers, and names that are no formulas', () => {
  const file = fileOf(
    '负责人',
    [{ label: '赢单' }, { label: '金额' }, { label: '赢单率' }],
    [
      {
        key: '1',
        label: '=cmd()',
        cells: [
          [{ text: '−3', value: -3 }],
          [
            { text: 'US$5', value: '5.00', unit: 'USD' },
            { text: '¥1,000', value: '-1000.00', unit: 'CNY' },
          ],
          [{ text: '—', value: null }],
        ],
      },
      { key: '2', label: 'A, "B"', cells: [[{ text: '0', value: 0 }], [], [{ text: '40%', value: '0.4000' }]] },
    ],
  )
  expect(file).toBe(
    `\ufeff负责人,赢单,金额 CNY,金额 USD,赢单率\r\n'=cmd(),-3,-1000.00,5.00,\r\n"A, ""B""",0,,,0.4000\r\n`,
  )
})
