import type { CodegenConfig } from '@graphql-codegen/cli'

const config: CodegenConfig = {
  schema: '../schema.graphql',
  documents: 'src/**/*.graphql',
  silent: true,
  generates: {
    'src/gql/index.ts': {
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
      },
    },
  },
}

export default config
