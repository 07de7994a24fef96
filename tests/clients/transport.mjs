import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

// Apollo's link looks at the global when the socket fails, and Node has one only since version 22.
globalThis.WebSocket ??= WebSocket;

/**
 * A graphql-ws client on the WebSocket side of the endpoint. It connects with the first subscription, and again by itself as many
 * times as `retryAttempts` says.
 */
export function openSocket(url, authorization, retryAttempts) {
  const client = createClient({
    url: url.replace(/^http/, 'ws'),
    connectionParams: authorization,
    webSocketImpl: WebSocket,
    retryAttempts,
    shouldRetry: () => true,
  });
  let closed;
  client.on('connecting', () => {
    closed = new Promise((resolve) => client.on('closed', resolve));
  });
  return {
    client,
    /** Breaks the connection off, as a network does. */
    cut: () => client.terminate(),
    async close() {
      await client.dispose();
      await closed;
    },
  };
}

/** The data of the results that a client pushes. Subscribes when first asked; unsubscribes on return. */
export async function* dataOf(subscribe) {
  let subscription;
  const results = new ReadableStream({
    start(stream) {
      subscription = subscribe({
        next: (result) => stream.enqueue(result),
        error: (error) => stream.error(error),
        complete: () => stream.close(),
      });
    },
    cancel: () => subscription.unsubscribe(),
  });
  for await (const { data, error, errors } of results) {
    if (error ?? errors) throw error ?? new Error(errors[0].message);
    yield data;
  }
}
