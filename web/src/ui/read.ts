import { ref, shallowRef } from 'vue'
import { message } from './refusals'

/** What a page reads once: what was read last stays while it is read anew, and when that fails. */
export function useRead<R>(ask: () => Promise<R>) {
  const data = shallowRef<R>()
  const error = ref('')
  async function load(): Promise<void> {
    try {
      data.value = await ask()
      error.value = ''
    } catch (failure) {
      error.value = message(failure)
    }
  }
  void load()
  return { data, error, load }
}
