import { computed, shallowRef } from 'vue'
import { ask } from '@/api/client'
import { AccountsDocument, type AccountsQuery } from '@/gql'
import { texts } from '@/i18n'
import { readAll } from '@/ui/list'

const t = texts({ departed: ['{name}（已离职）', '{name} (departed)'] })

/** Everybody, also those who left, to choose from. */
export function useAccounts() {
  const accounts = shallowRef<AccountsQuery['users']['edges'][number]['node'][]>([])
  const people = computed(() =>
    accounts.value.map(({ id, name, status }) => ({
      value: id,
      label: status === 'ACTIVE' ? name : t('departed', { name }),
    })),
  )
  // Without them, nobody can be chosen; what the page is about is still there.
  void readAll(async (after) => (await ask(AccountsDocument, { after })).users)
    .then((all) => (accounts.value = all))
    .catch(() => undefined)
  return { accounts, people }
}
