// Writes to `generated/` what the build tools of apps write: node generate.mjs
//
// GraphQL Code Generator writes typed code, and with the Relay compiler the documents that a server may trust.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { preset } from '@graphql-codegen/client-preset';
import { codegen } from '@graphql-codegen/core';
import { buildSchema, parse } from 'graphql';

process.chdir(import.meta.dirname);
const schemaText = readFileSync('../../schema.graphql', 'utf8');
const [schema, schemaAst] = [parse(schemaText), buildSchema(schemaText)];
const rawSDL = readFileSync('documents.graphql', 'utf8');
const documents = [{ location: 'documents.graphql', rawSDL, document: parse(rawSDL) }];

rmSync('generated', { recursive: true, force: true });
const outputs = await preset.buildGeneratesSection({
  baseOutputDir: 'generated/codegen/',
  schema,
  schemaAst,
  documents,
  // A scalar that is not named here is an error.
  config: { strictScalars: true, scalars: { Date: 'string', DateTime: 'string', Decimal: 'string', Upload: 'Blob' }, documentMode: 'string' },
  presetConfig: { persistedDocuments: true },
  plugins: [],
  pluginMap: {},
});
for (const output of outputs) write(output.filename, await codegen(output));

// The compiler writes CommonJS, and adds its documents to a file that is there.
write('generated/relay/package.json', '{"type": "commonjs"}');
writeFileSync('generated/relay.json', '{}');
execFileSync('node_modules/.bin/relay-compiler', { stdio: ['ignore', 'ignore', 'inherit'] });

const [ofCodegen, ofRelay] = ['generated/codegen/persisted-documents.json', 'generated/relay.json'].map(read);
write('generated/trusted.json', JSON.stringify({ ...ofCodegen, ...ofRelay }, null, 2));
console.log(`${Object.keys(ofCodegen).length} documents of GraphQL Code Generator, ${Object.keys(ofRelay).length} of Relay`);

function read(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function write(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
