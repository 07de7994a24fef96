import type { ExtraType, StageKind } from '@/gql'
import type { Text } from '@/i18n'

export const stageKinds: Record<StageKind, Text> = {
  OPEN: ['进行中', 'Open'],
  WON: ['赢单', 'Won'],
  LOST: ['输单', 'Lost'],
  VOID: ['作废', 'Void'],
}
export const fieldTypes: Record<ExtraType, Text> = {
  TEXT: ['文本', 'Text'],
  NUMBER: ['数字', 'Number'],
  BOOLEAN: ['是/否', 'Yes or no'],
  DATE: ['日期', 'Date'],
}
