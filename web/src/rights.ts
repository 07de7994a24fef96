import type { Action, Resource } from '@/gql'
import { me, scopesOf } from '@/shell'

interface Customer {
  isPooled: boolean
  owner: { id: string } | null
  createdBy?: { id: string } | null
}

/**
 * Whether the user may do this with a customer. Who sees a customer that somebody else owns, and has a right for the team, is
 * a superior of the owner: nobody else sees it.
 */
export function mayOn(customer: Customer, resource: Resource, action: Action): boolean {
  return scopesOf(resource, action).some((scope) => {
    switch (scope) {
      case 'ALL':
      case 'ORDERED':
      case 'DELIVERED':
        return true
      case 'OWN':
      case 'HELD':
        return customer.owner?.id === me.value
      case 'TEAM':
        return !customer.isPooled
      case 'POOL':
      case 'POOL_ALL':
        return customer.isPooled
      case 'ENTERED':
        return customer.createdBy?.id === me.value
      case 'ENTERED_POOLED':
        return customer.isPooled && customer.createdBy?.id === me.value
      default:
        return false
    }
  })
}
