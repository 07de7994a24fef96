import { computed, ref, shallowRef, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { now } from '@/clock'
import type { BasisFragment, SalesDimension, SalesPeriod } from '@/gql'
import { addDays, dayOf } from '@/i18n/format'
import { can, me } from '@/shell'
import { useParam } from '@/ui/list'
import { message } from '@/ui/refusals'
import { chosenDays, usualPeriod } from './asked'
import type { Question } from './behind'

/** Whether all figures are to be seen, and not only one's own or those of a team. */
export const seesAll = () => can('ANALYTICS', 'READ', 'ALL')

/** What the address asks of every section. */
export function useQuestion() {
  const period = useParam('period')
  const from = useParam('from')
  const to = useParam('to')
  const team = useParam('team')
  const by = useParam('by')
  const today = computed(() => dayOf(now.value))
  const days = computed(() => chosenDays(period.value, from.value, to.value, today.value))
  const asOf = computed(() => (days.value.to < today.value ? days.value.to : today.value))
  const router = useRouter()
  const route = useRoute()
  return {
    period,
    team,
    by,
    today,
    days,
    /** Whether `by` is among the groups that a section has. */
    among: <D extends string>(all: readonly D[]): D | undefined => all.find((one) => one === by.value),
    asked: (more: { by?: SalesDimension; per?: SalesPeriod; mode?: Question['mode'] }): Question => ({
      days: { from: days.value.from, to: days.value.to },
      team: team.value,
      root: team.value ?? (seesAll() ? undefined : me.value),
      ...more,
    }),
    /** The last day of the period that is not ahead: what is as of a day is as of this one. */
    asOf,
    /** The 365 days until that day, which is one of them. */
    yearUntil: computed(() => ({ from: addDays(asOf.value, -364), to: asOf.value })),
    /** Opens the facts behind a number; going back closes them. */
    open: (address: string) => void router.push({ query: { ...route.query, facts: address } }),
  }
}

/** What all answers have. */
export interface Answer {
  basis: BasisFragment
  groupCount: number
  groups: readonly unknown[]
}

/** An answer with what it was asked with, read again when that changes. */
export function useAnswer<Q extends Question, A extends Answer>(ask: () => Q, read: (asked: Q) => Promise<A | null>) {
  const answer = shallowRef<A & { asked: Q }>()
  const state = ref<'loading' | 'ready' | 'failed' | 'forbidden'>('loading')
  const error = ref('')
  const isBusy = ref(false)
  let generation = 0

  async function load(): Promise<void> {
    generation += 1
    const mine = generation
    const asked = ask()
    isBusy.value = true
    if (!answer.value) state.value = 'loading'
    try {
      const found = await read(asked)
      if (mine !== generation) return
      answer.value = found ? { ...found, asked } : undefined
      state.value = found ? 'ready' : 'forbidden'
    } catch (failure) {
      if (mine !== generation) return
      // Numbers of another question must not stand under this one.
      answer.value = undefined
      error.value = message(failure)
      state.value = 'failed'
    }
    isBusy.value = false
  }

  watch(() => JSON.stringify(ask()), load, { immediate: true })
  return { answer, state, error, isBusy, load }
}

/** An answer that is divided by a group, or else by periods; the groups are in the order of a chart. */
export function useDivided<
  G extends { key: { period: string | null } },
  A extends Omit<Answer, 'groups'> & { groups: readonly G[]; total: G },
>(
  props: { groups: readonly SalesDimension[]; periods: readonly SalesPeriod[] },
  read: (asked: Question) => Promise<A | null>,
  weight: (group: A['total']) => number,
) {
  const { among, asked, days, open, today } = useQuestion()
  const found = useAnswer(() => {
    const by = among(props.groups)
    return asked(by ? { by } : { per: among(props.periods) ?? usualPeriod(days.value) })
  }, read)
  const by = computed(() => found.answer.value?.asked.by)
  const per = computed(() => found.answer.value?.asked.per)
  const groups = computed<A['total'][]>(() => {
    const all: readonly A['total'][] = found.answer.value?.groups ?? []
    // Periods that have not begun say nothing.
    if (per.value) return all.filter((group) => (group.key.period ?? '') <= today.value)
    return [...all].sort((a, b) => weight(b) - weight(a))
  })
  const total = computed<A['total'] | undefined>(() => found.answer.value?.total)
  return { ...found, by, per, divided: computed(() => by.value ?? per.value ?? 'MONTH'), groups, total, open }
}
