/** A part of a cell: amounts have one for each currency. */
export interface Part {
  /** What is shown. */
  text: string
  /** What stands in a file: numbers as numbers. */
  value: string | number | null
  /** The currency: a column of its own in a file. */
  unit?: string
  /** Where it leads. */
  address?: string
  /** The tooltip, such as an amount in full. */
  title?: string
  /** What is said beside it. */
  note?: string
}

export interface FigureColumn {
  label: string
  /** Explains the column. */
  title?: string
}

export interface FigureRow {
  key: string
  label: string
  cells: readonly (readonly Part[])[]
  isTotal?: boolean
}

/** What a file begins with, so that spreadsheet programs read it as UTF-8. */
const BYTE_ORDER_MARK = '\ufeff'

const isFormulaSign = (letter: string) => '=+-@＝＋－＠\t\r'.includes(letter)

/**
 * Puts an apostrophe before a text that a spreadsheet program would run as a formula, also behind a separator of lists and on
 * a new line: the rule of the server's files.
 */
export function withoutFormula(text: string): string {
  let safe = ''
  let begins = true
  for (const letter of text) {
    if (begins && isFormulaSign(letter)) safe += "'"
    begins = ';；\t\r\n'.includes(letter) || (begins && ' \u3000"'.includes(letter))
    safe += letter
  }
  return safe
}

/** A cell of a file. A number is written as it is: a minus before digits is no formula. */
function cell(value: string | number | null): string {
  if (value === null) return ''
  const text = typeof value === 'number' ? String(value) : /^-?\d+(\.\d+)?$/.test(value) ? value : withoutFormula(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** The table as CSV: amounts have a column for each currency. */
export function fileOf(first: string, columns: readonly FigureColumn[], rows: readonly FigureRow[]): string {
  const units = columns.map((_, index) => {
    const found = new Set(rows.flatMap((row) => (row.cells[index] ?? []).map((part) => part.unit)))
    return found.size > 0 ? [...found].sort() : [undefined]
  })
  const head = columns.flatMap(({ label }, index) =>
    (units[index] ?? []).map((unit) => (unit ? `${label} ${unit}` : label)),
  )
  const lines = rows.map((row) => [
    row.label,
    ...columns.flatMap((_, index) =>
      (units[index] ?? []).map((unit) => row.cells[index]?.find((part) => part.unit === unit)?.value ?? null),
    ),
  ])
  return `${BYTE_ORDER_MARK}${[[first, ...head], ...lines].map((line) => `${line.map(cell).join(',')}\r\n`).join('')}`
}

/** Gives a text to the browser as a file. */
export function save(name: string, text: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
