import { Client, cacheExchange, fetchExchange, subscriptionExchange } from '@urql/core';

import { dataOf, openSocket } from './transport.mjs';

/** urql as an app sets it up: document cache, HTTP (queries by GET, its default), and a WebSocket for subscriptions. */
export function urql(url, authorization, retryAttempts) {
  const socket = openSocket(url, authorization, retryAttempts);
  const client = new Client({
    url,
    fetchOptions: { headers: authorization },
    exchanges: [
      cacheExchange,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (operation) => ({
          subscribe: (sink) => ({ unsubscribe: socket.client.subscribe(operation, sink) }),
        }),
      }),
    ],
  });
  return {
    query: (document, variables) => answerOf(client.query(document, variables)),
    mutate: (document, variables) => answerOf(client.mutation(document, variables)),
    subscribe: (document, variables) => eventsOf(client.subscription(document, variables)),
    cut: socket.cut,
    close: () => socket.close(),
  };
}

export async function answerOf(results) {
  const { data, error } = await results.toPromise();
  if (error) throw error;
  return data;
}

export function eventsOf(results) {
  return dataOf(({ next, complete }) =>
    results.subscribe((result) => {
      // At the end urql repeats the last result, with nothing to come.
      if (result.error || result.hasNext) next(result);
      else complete();
    }),
  );
}
