// Tells one story of the pool with real clients: node clients.mjs http://127.0.0.1:8000/graphql apollo urql
// It needs demo data whose settings nobody has changed, and leaves the settings as they were. `codegen` and `relay` need what
// `node generate.mjs` writes, and a server that trusts these documents (--trusted-documents generated/trusted.json).

import assert from 'node:assert/strict';
import { inspect } from 'node:util';

import { CLAIM, CLAIMABLE, LOGIN, POOL, RELEASE, SET_PROTECTION, WATCH, nameOf } from './documents.mjs';

const LIMIT_SECONDS = 10;

async function tellStory(connect, check, url, say) {
  const watcher = await signIn(connect, url, 'sales@tidepool.example');
  const colleague = await signIn(connect, url, 'sales2@tidepool.example');
  const admin = await signIn(connect, url, 'admin@tidepool.example');
  say('three people signed in');

  const eventCursor = await readTwoPages(watcher);
  say('the watcher read two pages of the pool');

  const id = await findClaimable(colleague);
  await change(colleague, CLAIM, { id });
  say('the colleague claimed a customer');

  const events = watcher.subscribe(WATCH, { after: eventCursor });
  const left = await nextEvent(events, 'LEFT', id);
  assert.equal(left.customer, null, 'who watches the pool does not see a customer that left');
  say('the watcher, subscribed since the first page, was told that it left');

  await change(colleague, RELEASE, { id });
  const entered = await nextEvent(events, 'ENTERED', id);
  assert.equal(entered.cause, 'MANUAL');
  assert.equal(entered.customer?.id, id);
  assert.ok(entered.protectedUntil, 'a released customer is protected');
  say('the colleague released it, and the watcher was told that it entered');

  watcher.cut();
  await assert.rejects(within('the end of the connection', events.next()));
  await change(admin, SET_PROTECTION, { period: 'PT0S' });
  const more = watcher.subscribe(WATCH, { after: entered.cursor });
  const claimable = await nextEvent(more, 'BECAME_CLAIMABLE', id);
  assert.notEqual(claimable.cursor, entered.cursor, 'what was told before is not told again');
  say('cut off, the watcher came back behind the last cursor, and was told that it became claimable meanwhile');

  await change(watcher, CLAIM, { id });
  await nextEvent(more, 'LEFT', id);
  say('the watcher claimed it, and was told that it left');

  await change(watcher, RELEASE, { id });
  const returning = await signIn(connect, url, 'sales@tidepool.example', 3);
  await comeBack(returning, colleague, id, eventCursor, say);
  await close(returning);
  await change(admin, SET_PROTECTION, { period: 'P3D' });
  say('the watcher released it, and the admin brought protection back');

  // What this client alone expects of a server.
  if (check) await within('the check of the client', check(watcher, say));

  await within('the subscription to end', more.return());
  for (const client of [watcher, colleague, admin]) await close(client);
  say('all connections closed');
}

/**
 * A client that connects again by itself subscribes as before, behind the same cursor: it gets what it had before with the same
 * cursors, and then what came since.
 */
async function comeBack(client, colleague, id, after, say) {
  const events = client.subscribe(WATCH, { after });
  const before = await storyOf(events, id);
  client.cut();
  assert.deepEqual(await storyOf(events, id), before);
  await change(colleague, CLAIM, { id });
  await nextEvent(events, 'LEFT', id);
  await change(colleague, RELEASE, { id });
  await within('the subscription to end', events.return());
  say('a client that connects again by itself gets the same events with the same cursors, and then the next one');
}

/** The cursors of what happened to the customer in the story. */
async function storyOf(events, id) {
  const cursors = [];
  for (const kind of ['LEFT', 'ENTERED', 'BECAME_CLAIMABLE', 'LEFT', 'ENTERED']) {
    cursors.push((await nextEvent(events, kind, id)).cursor);
  }
  return cursors;
}

/** Without `retryAttempts`, the client reports a lost connection: its user subscribes again behind the last cursor. */
async function signIn(connect, url, email, retryAttempts = 0) {
  const visitor = connect(url, {}, 0);
  const { login } = await change(visitor, LOGIN, { email, password: 'tidepool-demo' });
  await close(visitor);
  return connect(url, { authorization: `Bearer ${login.accessToken}` }, retryAttempts);
}

/** Returns the place of the first page among the events. */
async function readTwoPages(client) {
  const { publicPool: first } = await read(client, POOL, {});
  assert.ok(first.pageInfo.hasNextPage, `the pool has a second page, with ${first.totalCount} customers`);
  const { publicPool: second } = await read(client, POOL, { after: first.pageInfo.endCursor });
  const ids = [first, second].flatMap(({ edges }) => edges.map(({ node }) => node.id));
  assert.ok(second.edges.length > 0, 'the second page has customers');
  assert.equal(new Set(ids).size, ids.length, `two pages share customers: ${ids}`);
  return first.eventCursor;
}

async function findClaimable(client) {
  const { publicPool } = await read(client, CLAIMABLE, {});
  assert.equal(publicPool.edges.length, 1, 'the pool has a claimable customer');
  return publicPool.edges[0].node.id;
}

/** The next event of the customer, which must be of this kind; edits don't count. */
function nextEvent(events, kind, customerId) {
  return within(`${kind} of ${customerId}`, search());

  async function search() {
    for (;;) {
      const { value, done } = await events.next();
      assert.ok(!done, `the subscription ended before ${kind} of ${customerId}`);
      const event = value.poolChanged;
      assert.notEqual(event.kind, 'REFRESH', `events were left out while waiting for ${kind} of ${customerId}`);
      if (event.customerId !== customerId || event.kind === 'CHANGED') continue;
      assert.equal(event.kind, kind, `expected ${kind}, got ${JSON.stringify(event)}`);
      return event;
    }
  }
}

function read(client, query, variables) {
  return within(`the answer to ${nameOf(query)}`, client.query(query, variables));
}

async function change(client, mutation, variables) {
  const name = nameOf(mutation);
  const data = await within(`the answer to ${name}`, client.mutate(mutation, variables));
  for (const { userErrors } of Object.values(data)) {
    assert.equal(userErrors.length, 0, `${name} was refused: ${JSON.stringify(userErrors)}`);
  }
  return data;
}

function close(client) {
  return within('a client to close', client.close());
}

async function within(what, promise) {
  let timer;
  const expired = new Promise((_, reject) => {
    const error = new Error(`waited ${LIMIT_SECONDS} s for ${what}`);
    timer = setTimeout(() => reject(error), LIMIT_SECONDS * 1000);
  });
  try {
    return await Promise.race([promise, expired]);
  } finally {
    clearTimeout(timer);
  }
}

const [url, ...names] = process.argv.slice(2);
if (names.length === 0) {
  console.error('usage: node clients.mjs <url of the GraphQL endpoint> <client>…');
  process.exit(2);
}
for (const name of names) {
  try {
    const { [name]: connect, check } = await import(`./${name.replace('Single', '')}.mjs`);
    await tellStory(connect, check, url, (step) => console.log(`${name}: ${step}`));
  } catch (error) {
    console.error(`${name}: failed: ${inspect(error, { depth: 1 })}`);
    process.exit(1);
  }
}
