import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { persistedExchange } from '@urql/exchange-persisted';
import { buildSchema, introspectionFromSchema, parse } from 'graphql';

import { answerOf, eventsOf } from './urql.mjs';
import { openSocket } from './transport.mjs';

const schema = introspectionFromSchema(buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8')));

/**
 * urql with its normalised cache, which knows the schema, and automatic persisted queries: a document is named by its hash, and
 * sent only if the server does not know it.
 */
export function graphcache(url, authorization, retryAttempts) {
  const socket = openSocket(url, authorization, retryAttempts);
  const sent = [];
  const client = new Client({
    url,
    fetchOptions: { headers: authorization },
    fetch(input, init) {
      sent.push(init.body ?? decodeURIComponent(input));
      return fetch(input, init);
    },
    exchanges: [
      cacheExchange({
        schema,
        // What has no id belongs to the object around it.
        keys: { Claimability: () => null, PoolEvent: (event) => event.cursor },
        resolvers: { Query: { customer: (_, { id }) => ({ __typename: 'Customer', id }) } },
      }),
      persistedExchange({ preferGetForPersistedQueries: true, enableForMutation: true }),
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
    /** What was sent by HTTP. */
    sent,
    /** Reads what the cache has, and nothing else. */
    cached: (document, variables) => client.query(document, variables, { requestPolicy: 'cache-only' }).toPromise(),
    cut: socket.cut,
    close: () => socket.close(),
  };
}

/** The cache finds an object of a list by its id, and the server knows a document by its hash once it was sent. */
export async function check({ query, cached, sent }, say) {
  const list = await query(parse('query List { customers(first: 1) { edges { node { id name } } } }'), {});
  const { id, name } = list.customers.edges[0].node;
  const { data } = await cached(parse('query One($id: ID!) { customer(id: $id) { id name } }'), { id });
  assert.equal(data.customer.name, name);
  say('the cache finds by its id what a list has read');

  const document = parse('query Twice($first: Int) { customers(first: $first) { totalCount } }');
  const requests = async (variables) => {
    const before = sent.length;
    await query(document, variables);
    return sent.slice(before).map((request) => request.includes('totalCount'));
  };
  assert.deepEqual(await requests({ first: 1 }), [false, true], 'the hash, and then the document');
  assert.deepEqual(await requests({ first: 2 }), [false], 'the hash alone');
  say('a document is sent once, and then named by its hash');
}
