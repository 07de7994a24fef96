import { readFileSync } from 'node:fs';

import { Kind, parse } from 'graphql';

const { definitions } = parse(readFileSync(new URL('documents.graphql', import.meta.url), 'utf8'));

/** The operation of this name, as a document of its own. */
function document(name) {
  return { kind: Kind.DOCUMENT, definitions: [definitions.find((definition) => definition.name.value === name)] };
}

export const LOGIN = document('Login');
export const POOL = document('Pool');
export const CLAIMABLE = document('Claimable');
export const CLAIM = document('Claim');
export const RELEASE = document('Release');
export const SET_PROTECTION = document('SetProtection');
export const WATCH = document('Watch');

export function nameOf(document) {
  return document.definitions[0].name.value;
}
