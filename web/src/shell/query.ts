/** What somebody looks for, by the shape of the text. */
export function kindOf(text: string): 'phone' | 'code' | 'order' | 'name' {
  const compact = text.replace(/[\s-]/g, '')
  if (/^[0-9A-HJ-NPQRTUWXY]{18}$/i.test(compact) && /\d/.test(compact)) return 'code'
  if (/^\+?\d{7,15}$/.test(compact)) return 'phone'
  if (/^[A-Z]{2,}\d{2,}-?\d+$/i.test(text.trim())) return 'order'
  return 'name'
}
