import { computed, shallowRef } from 'vue'
import { ask } from '@/api/client'
import { type MovedFragment, RepsDocument, UndoBatchDocument } from '@/gql'
import { texts } from '@/i18n'
import { me } from '@/shell'
import { attempt, type Refusal } from './refusals'
import { toast } from './toasts'

interface Rep {
  id: string
  name: string
  roles: readonly string[] | null
  manager: { id: string } | null
}

const t = texts({
  undo: ['撤销', 'Undo'],
  undone: ['已撤销，{n} 家回到原来的负责人', 'Undone: {n} {n|customer|customers} went back'],
})

/** The people who could own customers, as far as the user sees them: those below the user first. */
export function useReps() {
  const all = shallowRef<Rep[]>([])

  async function load(): Promise<void> {
    if (all.value.length > 0) return
    all.value = (await ask(RepsDocument)).users.edges.map(({ node }) => node)
  }

  const team = computed(() => {
    const managers = new Map(all.value.map((rep) => [rep.id, rep.manager?.id]))
    const isBelow = (id: string): boolean => {
      for (let at = managers.get(id), steps = 0; at && steps < 30; at = managers.get(at), steps += 1) {
        if (at === me.value) return true
      }
      return false
    }
    return all.value.filter((rep) => isBelow(rep.id))
  })

  /** Those who sell, by what is known of their roles. */
  const options = computed(() => {
    const people =
      team.value.length > 0 ? [...team.value, ...all.value.filter((rep) => rep.id === me.value)] : all.value
    const sellers = people.filter((rep) => !rep.roles || rep.roles.includes('sales') || rep.roles.includes('manager'))
    return (sellers.length > 0 ? sellers : people).map((rep) => ({ value: rep.id, label: rep.name }))
  })

  return { all, team, options, load }
}

/** What a batch did: how many moved, and what was refused for which. */
export function outcome(payload: MovedFragment) {
  const refused = payload.results.filter((one) => one.userErrors.length > 0)
  return {
    batch: payload.operationBatch?.id,
    moved: payload.results.length - refused.length,
    done: new Set(payload.results.filter((one) => one.userErrors.length === 0).map((one) => one.customerId)),
    refused,
  }
}

/** Offers to undo a batch. */
export function offerUndo(text: string, batch: string | undefined, then: () => void): void {
  if (!batch) {
    toast(text)
    return
  }
  toast(text, {
    stays: 12_000,
    action: { label: t('undo'), run: () => void undo(batch).then((isDone) => isDone && then()) },
  })
}

export function undo(batch: string): Promise<boolean> {
  return attempt(async (): Promise<readonly Refusal[]> => {
    const { undoOperationBatch } = await ask(UndoBatchDocument, { id: batch })
    if (undoOperationBatch.operationBatch?.undoneAt)
      toast(t('undone', { n: undoOperationBatch.operationBatch.returned }), { tone: 'ok' })
    return undoOperationBatch.userErrors
  })
}
