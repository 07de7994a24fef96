/** Why an opportunity is lost or void, as a dialog asks for it. */
export interface Loss {
  lostReason: string | null
  competitor: string | null
  lostRemark: string | null
}

export const noLoss = (): Loss => ({ lostReason: null, competitor: null, lostRemark: null })

/** What of it is sent for an end. */
export function lossOf(kind: string | null | undefined, loss: Loss): Partial<Loss> {
  if (kind === 'LOST') return { ...loss, lostRemark: loss.lostRemark || null }
  return kind === 'VOID' ? { lostRemark: loss.lostRemark || null } : {}
}
