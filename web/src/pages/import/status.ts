import type { ImportStatus } from '@/gql'

export function tone(status: ImportStatus): 'ok' | 'warn' | 'danger' | 'accent' | undefined {
  if (status === 'DONE') return 'ok'
  if (status === 'READY') return 'warn'
  if (status === 'FAILED' || status === 'STOPPED') return 'danger'
  return status === 'UNDONE' ? undefined : 'accent'
}

export const isMoving = (status: ImportStatus): boolean =>
  status === 'READING' || status === 'RUNNING' || status === 'UNDOING'
