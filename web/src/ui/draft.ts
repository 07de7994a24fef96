import { watch } from 'vue'

/** Keeps what is typed in this tab until it is sent: a reload loses nothing. */
export function useDraft<T extends object>(key: string, form: T, isEmpty: (form: T) => boolean): { drop: () => void } {
  const name = `tidepool.draft.${key}`
  try {
    Object.assign(form, JSON.parse(sessionStorage.getItem(name) ?? '{}'))
  } catch {
    // What can't be read is not a draft.
  }
  watch(
    form,
    () => {
      try {
        if (isEmpty(form)) sessionStorage.removeItem(name)
        else sessionStorage.setItem(name, JSON.stringify(form))
      } catch {
        // A full storage keeps nothing more.
      }
    },
    { deep: true },
  )
  return { drop: () => sessionStorage.removeItem(name) }
}
