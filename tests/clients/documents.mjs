import { parse } from 'graphql';

export const LOGIN = parse(`
  mutation Login($email: String!, $password: String!) {
    login(input: { email: $email, password: $password }) { accessToken userErrors { code message } }
  }
`);

export const POOL = parse(`
  query Pool($after: String) {
    publicPool(first: 5, after: $after, orderBy: POOL_ENTRY_TIME_DESC) {
      eventCursor
      totalCount
      pageInfo { hasNextPage endCursor }
      edges { node { id name claimability { claimable } } }
    }
  }
`);

export const CLAIMABLE = parse(`
  query Claimable {
    publicPool(first: 1, filter: { protectedUntil: { isNull: true } }) { edges { node { id } } }
  }
`);

export const CLAIM = parse(`
  mutation Claim($id: ID!) {
    claimCustomer(input: { customerId: $id }) { customer { id } userErrors { code } }
  }
`);

export const RELEASE = parse(`
  mutation Release($id: ID!) {
    releaseCustomer(input: { customerId: $id, remark: "back" }) { userErrors { code } }
  }
`);

export const SET_PROTECTION = parse(`
  mutation SetProtection($period: String!) {
    updateSettings(input: { protectionPeriod: $period }) { userErrors { code } }
  }
`);

export const WATCH = parse(`
  subscription Watch($after: String) {
    poolChanged(after: $after) {
      cursor
      kind
      cause
      occurredAt
      protectedUntil
      customerId
      customer { id name protectedUntil }
    }
  }
`);
