// Measures how long the requests of others take while attack.mjs runs, against how long they take otherwise:
// node bystander.mjs http://127.0.0.1:8000/graphql ../../schema.graphql 5
//
// Each round measures both. The machine may do something else meanwhile, so the median of the rounds counts.

import { spawn } from 'node:child_process';
import { setPriority } from 'node:os';

const PEOPLE = ['sales2', 'admin'];
const [IDLE, ATTACKED] = [3_000, 8_000];
const PAUSE = 10;
/** How many times as long the 99th percentile may be. */
const MOST = 3;
const QUERY = '{ viewer { name } publicPool(first: 20) { edges { node { name claimability { claimable } } } } }';

const [url, schema, rounds] = process.argv.slice(2);

async function ask(token, query) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
  const { data, errors } = await response.json();
  if (errors) throw new Error(errors[0].message);
  return data;
}

async function signIn(person) {
  const data = await ask(null, `mutation { login(input: {email: "${person}@tidepool.example", password: "tidepool-demo"}) { accessToken } }`);
  return data.login.accessToken;
}

/** The 99th percentile of the requests of all bystanders in a time, in milliseconds. */
async function measure(tokens, time) {
  const end = performance.now() + time;
  const times = [];
  const use = async (token) => {
    while (performance.now() < end) {
      const began = performance.now();
      await ask(token, QUERY);
      times.push(performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  };
  await Promise.all(tokens.map(use));
  times.sort((a, b) => a - b);
  return times[Math.floor(times.length * 0.99)];
}

const tokens = await Promise.all(PEOPLE.map(signIn));
const ratios = [];
for (let round = 1; round <= Number(rounds); round += 1) {
  const idle = await measure(tokens, IDLE);
  const attack = spawn(process.execPath, ['attack.mjs', url, schema, '1000000', String(round)], { stdio: 'ignore' });
  // What the attackers' own program costs is not the server's.
  setPriority(attack.pid, 19);
  const attacked = await measure(tokens, ATTACKED);
  attack.kill();
  ratios.push(attacked / idle);
  console.log(`round ${round}: 99th percentile ${idle.toFixed(1)} ms idle, ${attacked.toFixed(1)} ms attacked`);
}
ratios.sort((a, b) => a - b);
const median = ratios[Math.floor(ratios.length / 2)];
console.log(`${median.toFixed(2)} times as long`);
process.exit(median > MOST ? 1 : 0);
