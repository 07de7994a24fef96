// What the Relay compiler reads. It writes an artifact for each operation and fragment, and the program imports these.

graphql`
  mutation documentsLoginMutation($email: String!, $password: String!) {
    login(input: { email: $email, password: $password }) { accessToken userErrors { code message } }
  }
`;

graphql`
  query documentsPoolQuery($after: String) {
    publicPool(first: 5, after: $after, orderBy: POOL_ENTRY_TIME_DESC) {
      eventCursor
      totalCount
      pageInfo { hasNextPage endCursor }
      edges { node { id name claimability { claimable } } }
    }
  }
`;

graphql`
  query documentsClaimableQuery {
    publicPool(first: 1, filter: { protectedUntil: { isNull: true } }) { edges { node { id } } }
  }
`;

graphql`
  mutation documentsClaimMutation($id: ID!) {
    claimCustomer(input: { customerId: $id }) { customer { id isPooled } userErrors { code } }
  }
`;

graphql`
  mutation documentsReleaseMutation($id: ID!) {
    releaseCustomer(input: { customerId: $id, remark: "back" }) { customer { id isPooled } userErrors { code } }
  }
`;

graphql`
  mutation documentsSetProtectionMutation($period: String!) {
    updateSettings(input: { protectionPeriod: $period }) { userErrors { code } }
  }
`;

graphql`
  subscription documentsWatchSubscription($after: String) {
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
`;

// A page of an app: who is signed in, and a list that grows.

graphql`
  query documentsPageQuery($count: Int!) {
    viewer { name user { id name } }
    ...documents_list @arguments(count: $count)
  }
`;

graphql`
  fragment documents_list on Query
  @refetchable(queryName: "documentsListPaginationQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 5 }, cursor: { type: "String" }) {
    customers(first: $count, after: $cursor, orderBy: CREATED_AT_DESC) @connection(key: "documents_customers") {
      edges { node { id ...documents_card } }
    }
  }
`;

// The compiler writes `documentsCardRefetchQuery`, which reads a customer by `node`.
graphql`
  fragment documents_card on Customer @refetchable(queryName: "documentsCardRefetchQuery") {
    name
    isPooled
    owner { id name }
  }
`;
