import { print } from 'graphql';
import { createClient } from 'graphql-sse';

import { dataOf } from './transport.mjs';

/** graphql-sse for everything, each operation over a connection of its own. */
export function sse(url, authorization, retryAttempts) {
  return over({ url, headers: authorization, retryAttempts });
}

/** graphql-sse for everything, all operations over one connection, which the server opens only for a user. */
export function sseSingle(url, authorization, retryAttempts) {
  if (!authorization.authorization) return sse(url, authorization, retryAttempts);
  return over({ url: `${url}/stream`, headers: authorization, singleConnection: true, retryAttempts });
}

function over(options) {
  const running = new Set();
  const client = createClient({
    ...options,
    fetchFn(input, init) {
      const connection = new AbortController();
      running.add(connection);
      return fetch(input, { ...init, signal: AbortSignal.any([init.signal, connection.signal]) });
    },
  });
  const subscribe = (document, variables) =>
    dataOf((sink) => ({ unsubscribe: client.subscribe({ query: print(document), variables }, sink) }));
  const one = async (document, variables) => {
    for await (const data of subscribe(document, variables)) return data;
    throw new Error('no answer');
  };
  return {
    query: one,
    mutate: one,
    subscribe,
    /** Breaks the connections off, as a network does. */
    cut() {
      for (const connection of running) connection.abort(new Error('cut off'));
      running.clear();
    },
    close: async () => client.dispose(),
  };
}
