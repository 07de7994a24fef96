/** Where each change begins and ends, one after the other from a beginning. */
export function steps(opening: number, changes: readonly number[]): { from: number; to: number }[] {
  let at = opening
  return changes.map((change) => {
    const from = at
    at += change
    return { from, to: at }
  })
}
