import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

import runtime from 'relay-runtime';

import { dataOf, openSocket } from './transport.mjs';

const { Environment, Network, Observable, RecordSource, Store } = runtime;
const { commitMutation, createOperationDescriptor, fetchQuery, getSingularSelector, requestSubscription } = runtime;

const require = createRequire(import.meta.url);

/** What the Relay compiler wrote of an operation or fragment in `relay/documents.js`. */
const artifact = (name) => require(`./generated/relay/documents${name}.graphql`);

/** The operation of `relay/documents.js` for one of `documents.graphql`. */
function operationOf(document) {
  const { operation, name } = document.definitions[0];
  return artifact(name.value + operation[0].toUpperCase() + operation.slice(1));
}

/** Relay as an app sets it up: its store, and a network that names documents by the ids that its compiler gave them. */
export function relay(url, authorization, retryAttempts) {
  const socket = openSocket(url, authorization, retryAttempts);
  const environment = new Environment({
    store: new Store(new RecordSource()),
    network: Network.create(
      async ({ id }, variables) => {
        const headers = { 'content-type': 'application/json', ...authorization };
        const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ id, variables }) });
        return response.json();
      },
      // graphql-ws wants a text.
      ({ id }, variables) => Observable.create((sink) => socket.client.subscribe({ id, query: '', variables }, sink)),
    ),
  });
  return {
    environment,
    query: (document, variables) => fetchQuery(environment, operationOf(document), variables).toPromise(),
    mutate: (document, variables) =>
      new Promise((resolve, reject) => {
        commitMutation(environment, {
          mutation: operationOf(document),
          variables,
          onCompleted: (data, errors) => (errors ? reject(new Error(errors[0].message)) : resolve(data)),
          onError: reject,
        });
      }),
    subscribe: (document, variables) =>
      dataOf((sink) => {
        const subscription = requestSubscription(environment, {
          subscription: operationOf(document),
          variables,
          onNext: (data) => sink.next({ data }),
          onError: sink.error,
          onCompleted: sink.complete,
        });
        return { unsubscribe: subscription.dispose };
      }),
    cut: socket.cut,
    close: () => socket.close(),
  };
}

/** What Relay expects of a schema: a list that grows in its store, objects that are read anew by their id, ids that are unique. */
export async function check({ environment }, say) {
  const [PAGE, LIST, MORE] = ['PageQuery', '_list', 'ListPaginationQuery'].map(artifact);
  const [CARD, REFETCH] = ['_card', 'CardRefetchQuery'].map(artifact);
  // Relay complains here, for example about an id that two types have.
  const complaints = [];
  const { error, warn } = console;
  console.error = console.warn = (...words) => complaints.push(words.join(' '));
  try {
    const page = createOperationDescriptor(PAGE, { count: 3 });
    const kept = environment.retain(page);
    const { viewer } = await fetchQuery(environment, PAGE, { count: 3 }).toPromise();
    assert.equal(viewer.user.name, viewer.name);

    const read = () => environment.lookup(page.fragment).data;
    const list = () => environment.lookup(getSingularSelector(LIST, read())).data.customers;
    assert.equal(list().edges.length, 3);
    await fetchQuery(environment, MORE, { count: 3, cursor: list().pageInfo.endCursor }).toPromise();
    assert.equal(new Set(list().edges.map(({ node }) => node.id)).size, 6, 'the second page is behind the first');

    const card = (node) => environment.lookup(getSingularSelector(CARD, node)).data;
    const { node } = list().edges[0];
    const before = card(node);
    const { node: again } = await fetchQuery(environment, REFETCH, { id: node.id }).toPromise();
    assert.deepEqual(card(again), before);
    // A user is not a customer, and stays what it is in the store.
    await fetchQuery(environment, REFETCH, { id: viewer.user.id }).toPromise();
    assert.deepEqual(read().viewer, viewer);
    kept.dispose();
  } finally {
    Object.assign(console, { error, warn });
  }
  assert.deepEqual(complaints, []);
  say('the store has both pages, and reads an object anew by its id');
}
