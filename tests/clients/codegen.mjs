import { readFileSync } from 'node:fs';

import { parse } from 'graphql';

import { nameOf } from './documents.mjs';
import { dataOf, openSocket } from './transport.mjs';

const documents = JSON.parse(readFileSync(new URL('generated/codegen/persisted-documents.json', import.meta.url), 'utf8'));
const ids = new Map(Object.entries(documents).map(([id, text]) => [nameOf(parse(text)), id]));

/** The trusted documents of GraphQL Code Generator: a request has the id of a document in place of the document. */
export function codegen(url, authorization, retryAttempts) {
  const socket = openSocket(url, authorization, retryAttempts);
  const one = async (document, variables) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { accept: 'application/graphql-response+json', 'content-type': 'application/json', ...authorization },
      body: JSON.stringify({ documentId: ids.get(nameOf(document)), variables }),
    });
    const { data, errors } = await response.json();
    if (errors) throw new Error(errors[0].message);
    return data;
  };
  return {
    query: one,
    mutate: one,
    subscribe: (document, variables) =>
      dataOf((sink) => ({
        // graphql-ws wants a text.
        unsubscribe: socket.client.subscribe({ documentId: ids.get(nameOf(document)), query: '', variables }, sink),
      })),
    cut: socket.cut,
    close: () => socket.close(),
  };
}
