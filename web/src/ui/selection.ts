import { computed, ref } from 'vue'

/** Rows that are chosen, also a range with Shift. */
export function useSelection(rows: () => { id: string }[]) {
  const selected = ref<ReadonlySet<string>>(new Set())
  let last: string | undefined

  function toggle(id: string, isRange = false): void {
    const next = new Set(selected.value)
    const ids = rows().map((row) => row.id)
    const from = last ? ids.indexOf(last) : -1
    if (isRange && from >= 0) {
      const to = ids.indexOf(id)
      for (const one of ids.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(one)
    } else if (!next.delete(id)) {
      next.add(id)
    }
    last = id
    selected.value = next
  }

  return {
    selected,
    toggle,
    count: computed(() => selected.value.size),
    all: computed(() => rows().length > 0 && rows().every((row) => selected.value.has(row.id))),
    toggleAll(): void {
      selected.value = rows().every((row) => selected.value.has(row.id))
        ? new Set()
        : new Set(rows().map((row) => row.id))
    },
    keep(ids: Iterable<string>): void {
      selected.value = new Set(ids)
    },
    clear(): void {
      selected.value = new Set()
    },
  }
}
