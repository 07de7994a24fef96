// Sends random requests, as large as the limits allow and beyond:
// node attack.mjs http://127.0.0.1:8000/graphql ../../schema.graphql 600 1
//
// Documents and values are made from the schema, with ids of the demo data; most are valid. Several people send them at once. No
// answer may be INTERNAL, nor take longer than a request may. What was answered is counted, as JSON.

import { readFileSync } from 'node:fs';

import { buildSchema, getNamedType, isCompositeType, isEnumType, isInputObjectType, isListType, isNonNullType } from 'graphql';

const PEOPLE = ['sales', 'manager', 'marketing', 'service', 'analyst'];
const AT_ONCE = 2;
/** How long a request may take on the server, and how much longer an answer may be on its way, in milliseconds. */
const REQUEST_TIME = 10_000;
const MARGIN = 3_000;
/** Mutations that are left out, because they end sessions, close accounts or change the rules for all. */
const LEFT_OUT = /^(login|logout|refreshSession|changePassword|revokeSession|depart|reactivate|update(Settings|User)|change(Manager|Roles?)|create(User|ApiKey)|revoke|set|save|delete|grant|run|approve|import|release(Team|All))/;

const [url, schemaFile, count, seed] = process.argv.slice(2);
const schema = buildSchema(readFileSync(schemaFile, 'utf8'));

// mulberry32: the same seed gives the same requests.
let state = Number(seed);
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const below = (most) => Math.floor(random() * most);
const chance = (share) => random() < share;
const pick = (items) => items[below(items.length)];
/** Mostly small, seldom close to the largest. */
const size = (largest) => Math.max(1, Math.floor(largest ** random()));
const many = (length, make) => Array.from({ length }, make);

const TERMS = [
  'followup_days > 3',
  'ownership_days >= 30.5',
  'level != "KEY"',
  'level in ["A", "B", "C"]',
  'source == "WEBSITE"',
  '!(industry == null)',
  'nonsense > 1',
  'name == "x"',
];

class Requests {
  constructor(ids) {
    this.ids = ids;
  }

  next() {
    const kind = chance(0.85) ? 'query' : 'mutation';
    const root = kind === 'query' ? schema.getQueryType() : schema.getMutationType();
    this.variables = new Map();
    this.left = size(3_000);
    this.aliases = 0;
    this.long = pick([0, 0.1, 1]);
    const written = this.selections(root, 1 + below(12), 1, kind === 'query' ? size(48) : size(6));
    const definitions = [...this.variables].map(([name, { type }]) => `$${name}: ${type}`);
    const head = definitions.length > 0 ? `${kind} (${definitions.join(', ')})` : kind;
    const variables = Object.fromEntries([...this.variables].map(([name, { value }]) => [name, value]));
    return JSON.stringify({ query: `${head} ${written}`, variables });
  }

  text() {
    if (chance(0.002)) return '\u0000';
    return chance(this.long) ? 'x'.repeat(size(2_000)) : pick(TEXTS);
  }

  /** Ids of what a field or argument is called after. */
  idsFor(name) {
    const kind = ['customer', 'product', 'opportunity', 'order'].find((kind) => name.toLowerCase().includes(kind));
    const isUser = /owner|user|manager|operator|actor|author|by$/i.test(name);
    const ids = this.ids.filter((id) => id.startsWith(`${kind ?? (isUser ? 'user' : 'customer')}_`));
    return /^(node|nodes|ids)$/.test(name) || ids.length === 0 ? this.ids : ids;
  }

  /** `rows` is how many rows the lists around may have together. */
  selections(type, depth, rows, most) {
    if (!type.getFields) return `{ __typename ${schema.getPossibleTypes(type).map((one) => `... on ${one.name} { __typename }`).join(' ')} }`;
    const fields = Object.values(type.getFields()).filter(({ name }) => type !== schema.getMutationType() || !LEFT_OUT.test(name));
    const written = [];
    for (let wanted = most; wanted > 0 && this.left > 0; wanted -= 1) {
      this.left -= 1;
      const field = this.field(pick(fields), depth, rows);
      if (field) written.push(field);
    }
    return `{ __typename ${written.join(' ')} }`;
  }

  field(field, depth, rows) {
    const type = getNamedType(field.type);
    if (isCompositeType(type) && depth <= 0) return null;
    let rowsBelow = rows;
    const given = [];
    for (const argument of field.args) {
      const isPage = argument.name === 'first' || argument.name === 'last';
      if (argument.name === 'last' || (/^(after|before)$/.test(argument.name) && !chance(0.01))) continue;
      if (!isNonNullType(argument.type) && !isPage && !chance(0.4)) continue;
      if (isPage) {
        const page = size(Math.max(1, Math.min(100, 20_000 / rows)));
        rowsBelow = rows * page;
        given.push(`first: ${page}`);
      } else {
        given.push(`${argument.name}: ${this.argument(argument, field.name)}`);
      }
    }
    if (given.length > 0 && this.aliases > 95) return null;
    const alias = given.length > 0 ? `a${(this.aliases += 1)}: ` : '';
    const selected = isCompositeType(type) ? ` ${this.selections(type, depth - 1, rowsBelow, size(12))}` : '';
    return `${alias}${field.name}${given.length > 0 ? `(${given.join(' ')})` : ''}${selected}`;
  }

  argument({ name, type }, fieldName) {
    // A large value that is named often.
    const known = [...this.variables].filter(([, one]) => one.type === String(type));
    if (known.length > 0 && chance(0.5)) return `$${pick(known)[0]}`;
    const value = this.value(name === 'id' ? fieldName : name, type, 4, size(1_000));
    if (chance(0.3)) return literal(value, type);
    const variable = `v${this.variables.size}`;
    this.variables.set(variable, { type: String(type), value });
    return `$${variable}`;
  }

  value(name, type, depth, largest) {
    if (chance(0.002)) return pick([null, -1, 2 ** 31, 'x', [], {}, true]);
    if (isNonNullType(type)) return this.value(name, type.ofType, depth, largest);
    if (isListType(type)) {
      const short = isInputObjectType(getNamedType(type)) ? size(Math.min(largest, 60)) : size(largest);
      return many(short, () => this.value(name, type.ofType, depth - 1, Math.ceil(largest / short)));
    }
    if (isEnumType(type)) return pick(type.getValues()).name;
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter((field) => (isNonNullType(field.type) && field.defaultValue === undefined) || (depth > 0 && chance(0.25)));
      return Object.fromEntries(fields.map((field) => [field.name, this.value(/^(eq|in|isNull)$/.test(field.name) ? name : field.name, field.type, depth - 1, largest)]));
    }
    if (name === 'condition') return many(size(110), () => pick(TERMS)).join(pick([' && ', ' || ']));
    const scalars = {
      ID: () => (chance(0.98) ? pick(this.idsFor(name)) : pick(['x', '', 'customer_', 'customer_00000000-0000-0000-0000-000000000000'])),
      Int: () => pick([0, 1, below(100), 2_147_483_647]),
      Boolean: () => chance(0.5),
      DateTime: () => `20${10 + below(50)}-0${1 + below(9)}-1${below(9)}T00:00:00Z`,
      Date: () => `20${10 + below(50)}-0${1 + below(9)}-1${below(9)}`,
      Decimal: () => pick(['0', '1.5', '99999999999.99', '-1', '1e9']),
      Upload: () => null,
    };
    return scalars[type.name]?.() ?? this.text();
  }
}

const TEXTS = ['a', 'Blue', '上海', '%_\\', '😀'.repeat(40), '+86 138 0013 8000'];

/** A value as it is written in a document. */
function literal(value, type) {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return String(value);
  const named = getNamedType(type);
  if (Array.isArray(value)) return `[${value.map((item) => literal(item, named)).join(' ')}]`;
  if (typeof value === 'object') {
    const fields = isInputObjectType(named) ? named.getFields() : {};
    return `{${Object.entries(value).map(([name, part]) => `${name}: ${literal(part, fields[name]?.type ?? named)}`).join(' ')}}`;
  }
  return isEnumType(named) ? value : JSON.stringify(value);
}

async function send(token, body) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const began = performance.now();
  const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(REQUEST_TIME + 5 * MARGIN) });
  const answer = await response.json();
  return { answer, took: performance.now() - began };
}

async function ask(token, query) {
  const { answer } = await send(token, JSON.stringify({ query }));
  if (!answer.data) throw new Error(JSON.stringify(answer));
  return answer.data;
}

const tokens = [];
for (const person of PEOPLE) {
  const data = await ask(null, `mutation { login(input: {email: "${person}@tidepool.example", password: "tidepool-demo"}) { accessToken } }`);
  tokens.push(data.login.accessToken);
}
const lists = ['customers', 'users', 'products', 'opportunities', 'orders'];
const known = await ask(tokens[1], `{ ${lists.map((list) => `${list}(first: 50) { edges { node { id } } }`).join(' ')} }`);
const requests = new Requests(lists.flatMap((list) => known[list].edges.map(({ node }) => node.id)));

const told = { answered: 0, codes: {}, slowest: 0, largest: 0, faults: [] };
let left = Number(count);
async function attack(token) {
  while (left > 0) {
    left -= 1;
    const body = requests.next();
    told.largest = Math.max(told.largest, body.length);
    try {
      const { answer, took } = await send(token, body);
      told.answered += 1;
      told.slowest = Math.max(told.slowest, Math.round(took));
      const codes = new Set((answer.errors ?? [{ extensions: { code: 'OK' } }]).map(({ extensions }) => extensions.code));
      for (const code of codes) told.codes[code] = (told.codes[code] ?? 0) + 1;
      if (codes.has('INTERNAL') || took > REQUEST_TIME + MARGIN) told.faults.push({ took, codes: [...codes], body: body.slice(0, 3_000) });
    } catch (error) {
      told.faults.push({ error: String(error.cause ?? error), body: body.slice(0, 3_000) });
    }
  }
}
await Promise.all(tokens.flatMap((token) => many(AT_ONCE, () => attack(token))));
console.log(JSON.stringify({ ...told, faults: told.faults.length }));
for (const fault of told.faults.slice(0, 5)) console.log(JSON.stringify(fault));
process.exit(told.faults.length > 0 ? 1 : 0);
