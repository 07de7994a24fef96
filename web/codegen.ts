import type { CodegenConfig } from '@graphql-codegen/cli'

/** The documents of a part of the console, and the types of what they read. */
const part = (...documents: string[]): CodegenConfig['generates'][string] => ({
  documents,
  plugins: ['typescript-operations', 'typed-document-node'],
  config: {
    documentMode: 'string',
    enumType: 'string-literal',
    useTypeImports: true,
    scalars: { ID: 'string', DateTime: 'string', Date: 'string', Decimal: 'string', Upload: 'File' },
    strictScalars: true,
    avoidOptionals: false,
    skipTypename: true,
    dedupeFragments: true,
    // What a page does not ask for is left out of its script.
    pureMagicComment: true,
  },
})

const config: CodegenConfig = {
  schema: '../schema.graphql',
  silent: true,
  generates: {
    'src/gql/index.ts': part('src/**/*.graphql', '!src/pages/admin/*.graphql'),
    // Most people never load what administrators do.
    'src/gql/admin.ts': part('src/refusal.graphql', 'src/pages/admin/*.graphql'),
  },
}

export default config
