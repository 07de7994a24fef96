import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';

import { dataOf, openSocket } from './transport.mjs';

/** Apollo Client as an app sets it up: normalised cache, HTTP, and a WebSocket for subscriptions. */
export function apollo(url, authorization, retryAttempts) {
  const socket = openSocket(url, authorization, retryAttempts);
  const client = new ApolloClient({
    cache: new InMemoryCache(),
    link: ApolloLink.split(
      ({ operationType }) => operationType === 'subscription',
      new GraphQLWsLink(socket.client),
      new HttpLink({ uri: url, headers: authorization }),
    ),
  });
  return {
    query: async (query, variables) => (await client.query({ query, variables })).data,
    mutate: async (mutation, variables) => (await client.mutate({ mutation, variables })).data,
    subscribe: (query, variables) => dataOf((sink) => client.subscribe({ query, variables }).subscribe(sink)),
    cut: socket.cut,
    async close() {
      client.stop();
      await socket.close();
    },
  };
}
