/** How wide a text is, nearly: a Chinese letter is as wide as it is high. */
export function widthOf(text: string, size = 13): number {
  let width = 0
  for (const letter of text) width += /[\u2e80-\uffef]/.test(letter) ? size : size * 0.58
  return width
}

/** A text that fits, with an ellipsis where it does not. */
export function fit(text: string, room: number, size = 13): string {
  if (widthOf(text, size) <= room) return text
  let shown = ''
  for (const letter of text) {
    if (widthOf(`${shown}${letter}…`, size) > room) break
    shown += letter
  }
  return `${shown}…`
}

/** Places of numbers between two pixels. */
export function scale(low: number, high: number, from: number, to: number): (value: number) => number {
  const span = high - low || 1
  return (value) => from + ((value - low) / span) * (to - from)
}
