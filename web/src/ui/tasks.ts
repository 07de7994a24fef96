import { computed } from 'vue'
import { now } from '@/clock'
import type { TaskLineFragment } from '@/gql'
import { texts } from '@/i18n'
import { addDays, dayOf, instantOf, nextMonday, time } from '@/i18n/format'
import { me, scopesOf } from '@/shell'

const t = texts({
  contact: ['联系客户', 'Contact the customer'],
  tomorrow: ['明天', 'Tomorrow'],
  three: ['3 天后', 'In 3 days'],
  monday: ['下周一', 'Next Monday'],
})

/** What to do; a follow-up may have planned it without words. */
export const subjectOf = (task: { subject: string | null }): string => task.subject ?? t('contact')

const today = computed(() => dayOf(now.value))
/** The days that people mean most often. */
export const nextDays = computed(() => [
  { label: t('tomorrow'), value: addDays(today.value, 1) },
  { label: t('three'), value: addDays(today.value, 3) },
  { label: t('monday'), value: nextMonday(today.value) },
])

/** The same time of another day. */
export const atDay = (task: { dueTime: string }, day: string): string => instantOf(day, time(task.dueTime))

/**
 * Whether the user may move and end a task. Who sees the task of somebody else about a customer that they do not own, and has
 * a right for the team, is a superior.
 */
export function mayChange(task: Pick<TaskLineFragment, 'owner'>, customer: { owner: { id: string } | null } | null) {
  return scopesOf('TASK', 'WRITE').some((scope) => {
    if (scope === 'OWN') return task.owner?.id === me.value
    if (scope === 'HELD') return customer?.owner?.id === me.value
    return scope === 'TEAM' || scope === 'ALL'
  })
}
