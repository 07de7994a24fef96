import { reactive } from 'vue'
import { ApiError, NoConnection } from '@/api/client'
import type { RefusalFragment } from '@/gql'
import { texts } from '@/i18n'
import { toast } from './toasts'

export type Refusal = RefusalFragment

const t = texts({
  offline: ['没有网络连接，内容还在，稍后再试。', 'No connection. Nothing was lost; try again.'],
  fault: ['出了点问题，请重试。', 'Something went wrong. Try again.'],
})

/** What is said of an error that no form can correct. */
export function message(error: unknown): string {
  if (error instanceof NoConnection) return t('offline')
  if (error instanceof ApiError && error.message) return error.message
  return t('fault')
}

function asRefusal(error: unknown): Refusal {
  if (!(error instanceof ApiError) && !(error instanceof NoConnection)) console.error(error)
  return { code: 'INVALID', message: message(error), path: [], until: null, limit: null, owner: null }
}

/**
 * One thing to do that the server may refuse: whether it runs, what was refused, and where in the form. Nothing runs twice
 * at once.
 */
export function useAct<A extends unknown[]>(act: (...given: A) => Promise<readonly Refusal[] | undefined>) {
  const state = reactive({
    busy: false,
    errors: [] as Refusal[],
    /** What is refused at a field of the input. */
    at: (field: string): string[] => state.errors.filter((one) => one.path[0] === field).map((one) => one.message),
    /** What is refused at none of these fields. */
    besides: (...fields: string[]): Refusal[] => state.errors.filter((one) => !fields.includes(one.path[0] ?? '')),
    clear: () => {
      state.errors = []
    },
    /** Whether it was done. */
    run: async (...given: A): Promise<boolean> => {
      if (state.busy) return false
      state.busy = true
      try {
        state.errors = [...((await act(...given)) ?? [])]
      } catch (error) {
        state.errors = [asRefusal(error)]
      } finally {
        state.busy = false
      }
      return state.errors.length === 0
    },
  })
  return state
}

/** Does something outside of a form; a refusal is said at the foot of the page. */
export async function attempt(act: () => Promise<readonly Refusal[] | undefined>): Promise<boolean> {
  let refused: readonly Refusal[]
  try {
    refused = (await act()) ?? []
  } catch (error) {
    refused = [asRefusal(error)]
  }
  if (refused[0]) toast(refused[0].message, { tone: 'danger' })
  return refused.length === 0
}
