import { shallowRef } from 'vue'
import { ask } from '@/api/client'
import { AccountsDocument, type AccountsQuery } from '@/gql'

export type Account = AccountsQuery['users']['edges'][number]['node']

/** Everybody, also those who left, to choose from; page by page, as far as the server has them. */
export function useAccounts() {
  const accounts = shallowRef<Account[]>([])
  async function read(): Promise<void> {
    let after: string | null = null
    do {
      const { users }: AccountsQuery = await ask(AccountsDocument, { after })
      accounts.value = [...accounts.value, ...users.edges.map(({ node }) => node)]
      after = users.pageInfo.hasNextPage ? users.pageInfo.endCursor : null
    } while (after)
  }
  // Without them, nobody can be chosen; what the page is about is still there.
  void read().catch(() => undefined)
  return accounts
}
