import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { message } from './refusals'

/** A page of a connection. */
export interface Page<N> {
  totalCount?: number
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
  edges: readonly { node: N }[]
}

/** All rows of a connection, page by page, or those of its first pages. */
export async function readAll<N>(read: (after: string | null) => Promise<Page<N>>, pages = Infinity): Promise<N[]> {
  const all: N[] = []
  for (let after: string | null = null, page = 0; page < pages; page += 1) {
    const { edges, pageInfo }: Page<N> = await read(after)
    all.push(...edges.map(({ node }) => node))
    if (!pageInfo.hasNextPage) break
    after = pageInfo.endCursor
  }
  return all
}

interface Kept {
  rows: { id: string }[]
  total: number | undefined
  cursor: string | null
  more: boolean
}

/** The lists that were left last: who comes back sees them at once, then what is new. */
const kept = new Map<string, Kept>()

const PAGE = 100

/**
 * A list that grows page by page. `key` names what is listed (filters, order): when it changes, the list starts anew. Rows
 * merge by id, so pages that overlap double nothing.
 */
export function useList<N extends { id: string }>(
  key: () => string,
  read: (first: number, after: string | null) => Promise<Page<N>>,
) {
  const rows = shallowRef<N[]>([])
  const total = ref<number>()
  const state = ref<'loading' | 'ready' | 'failed'>('loading')
  const error = ref('')
  const hasMore = ref(false)
  let cursor: string | null = null
  let generation = 0
  let isReading = false
  /** What is listed now, and what the rows are of. */
  let [shown, of] = ['', '']

  function take(page: Page<N>, before: N[]): void {
    const known = new Map(before.map((row) => [row.id, row]))
    for (const { node } of page.edges) known.set(node.id, node)
    rows.value = [...known.values()]
    cursor = page.pageInfo.endCursor
    hasMore.value = page.pageInfo.hasNextPage
  }

  /** Reads the first page anew; what is shown stays until it is there. */
  async function reload(): Promise<void> {
    generation += 1
    const mine = generation
    try {
      const page = await read(PAGE, null)
      if (mine !== generation) return
      take(page, [])
      of = shown
      if (page.totalCount !== undefined) total.value = page.totalCount
      state.value = 'ready'
    } catch (failure) {
      if (mine !== generation) return
      error.value = message(failure)
      // Rows of another question must not stand under this one.
      if (of !== shown) rows.value = []
      if (rows.value.length === 0) state.value = 'failed'
    }
  }

  async function more(): Promise<void> {
    if (isReading || !hasMore.value || state.value !== 'ready') return
    isReading = true
    const mine = generation
    try {
      const page = await read(PAGE, cursor)
      if (mine === generation) take(page, rows.value)
    } catch {
      // Scrolling on asks again.
    } finally {
      isReading = false
    }
  }

  const keep = () => {
    if (state.value !== 'ready') return
    kept.delete(shown)
    kept.set(shown, { rows: rows.value, total: total.value, cursor, more: hasMore.value })
    const oldest = kept.keys().next().value
    if (kept.size > 6 && oldest !== undefined) kept.delete(oldest)
  }

  watch(
    key,
    (now) => {
      if (shown) keep()
      shown = now
      const known = kept.get(now)
      if (known) {
        rows.value = known.rows as N[]
        total.value = known.total
        cursor = known.cursor
        hasMore.value = known.more
        of = now
        state.value = 'ready'
      } else if (rows.value.length === 0) {
        state.value = 'loading'
      }
      void reload()
    },
    { immediate: true },
  )
  onScopeDispose(keep)

  return {
    rows,
    total,
    state,
    error,
    hasMore,
    reload,
    more,
    find: (id: string) => rows.value.find((row) => row.id === id),
    /** Shows a row with what changed of it. */
    patch(id: string, change: Partial<N>): void {
      const row = rows.value.find((one) => one.id === id)
      if (!row) return
      // Another list, or a table that has this one shows it as it was.
      rows.value = rows.value.map((one) => (one === row ? { ...row, ...change } : one))
    },
    remove(ids: ReadonlySet<string>): void {
      const before = rows.value.length
      rows.value = rows.value.filter((row) => !ids.has(row.id))
      if (total.value !== undefined) total.value -= before - rows.value.length
    },
  }
}

export type List<N extends { id: string }> = ReturnType<typeof useList<N>>

/** The lists of a user who was signed in are nobody else's. */
export const forgetLists = (): void => kept.clear()

/** A part of the address: what is filtered stays when one comes back, reloads, or sends the link. */
export function useParam(name: string) {
  const route = useRoute()
  const router = useRouter()
  return computed<string | undefined>({
    get: () => {
      const value = route.query[name]
      return typeof value === 'string' ? value : undefined
    },
    set: (value) => {
      const query = { ...route.query, [name]: value }
      if (!value) delete query[name]
      void router.replace({ query })
    },
  })
}

/** Whether nothing that is typed into has the focus: then letters are commands. */
export function isFree(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null
  return (
    !event.isComposing &&
    !event.ctrlKey &&
    !event.metaKey &&
    !event.altKey &&
    !target?.closest('input, textarea, select, [contenteditable], dialog, [role="menu"]')
  )
}
