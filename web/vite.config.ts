import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import vue from '@vitejs/plugin-vue'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

/** Writes each file compressed beside itself: the server sends what the browser takes. */
function compress(): Plugin {
  let folder = ''
  return {
    name: 'compress',
    apply: 'build',
    configResolved: (config) => {
      folder = join(config.root, config.build.outDir)
    },
    closeBundle: () => {
      for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        const path = join(folder, name)
        if (!statSync(path).isFile() || /\.(br|gz|png)$/.test(name)) continue
        const text = readFileSync(path)
        const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: text.length }
        writeFileSync(`${path}.br`, brotliCompressSync(text, { params }))
        writeFileSync(`${path}.gz`, gzipSync(text, { level: 9 }))
      }
    },
  }
}

/**
 * Each document comes with the page that asks it. They are generated into one module, which a build can't divide, so that
 * whoever signs in would load the documents of all pages.
 */
function documents(): Plugin {
  const texts = new Map<string, string>()
  const PREFIX = 'document:'
  return {
    name: 'documents',
    apply: 'build',
    enforce: 'pre',
    buildStart: () => {
      const generated = readFileSync(fileURLToPath(new URL('src/gql/index.ts', import.meta.url)), 'utf8')
      for (const [, name = '', text = ''] of generated.matchAll(
        /export const (\w+) = new TypedDocumentString\(`([^`]*)`/g,
      ))
        texts.set(
          name,
          text
            .replace(/\s+/g, ' ')
            // Only names must stand apart.
            .replace(/ ?([{}():!,]) ?/g, '$1')
            .trim(),
        )
    },
    resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : undefined),
    load: (id) => {
      if (!id.startsWith(`\0${PREFIX}`)) return undefined
      const name = id.slice(PREFIX.length + 1)
      return `export const ${name} = ${JSON.stringify(texts.get(name))}`
    },
    transform: (code) =>
      code.replace(/import \{([^}]*)\} from '@\/gql'/g, (_, names: string) => {
        const all = names.split(',').map((name) => name.trim().replace(/^type /, ''))
        const types = all.filter((name) => name && !texts.has(name))
        const apart = all.filter((name) => texts.has(name)).map((name) => `import { ${name} } from '${PREFIX}${name}'`)
        return [...(types.length > 0 ? [`import type { ${types.join(', ')} } from '@/gql'`] : []), ...apart].join('; ')
      }),
  }
}

const server = process.env.TIDEPOOL_URL ?? 'http://127.0.0.1:8000'
const proxied = { target: server, changeOrigin: true, ws: true, headers: { origin: server } }

export default defineConfig({
  plugins: [documents(), vue(), compress()],
  resolve: { alias: { '@': fileURLToPath(new URL('src', import.meta.url)) } },
  define: { __VUE_OPTIONS_API__: false, __VUE_PROD_DEVTOOLS__: false },
  build: {
    // Browsers inside other apps are old.
    target: ['chrome94', 'safari15.4'],
    cssTarget: ['chrome94', 'safari15.4'],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: {
      checks: { pluginTimings: false },
      // Many small files compress badly: what is used together is one. Who signs in does without what most pages use.
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            { name: 'vue', test: /node_modules\/(@?vue|vue-router)\// },
            // What the form of sign-in needs.
            {
              name: 'base',
              test: /src\/ui\/(App(Button|Errors|Icon|Toasts)|FormField|TextInput|icons|modals|refusals|toasts)\b|src\/(api|i18n\/(index|format)|clock|kept|routes|shell|theme)\b(?!\/)|src\/api\//,
            },
            {
              name: 'ui',
              test: /src\/ui\/(App(Dialog|Menu|Tag)|BulkBar|ChipFrame|ConfirmDialog|CopyField|CountDown|DateChip|DateInput|EmptyState|FilterChip|GiveDialog|PageHead|PanelCard|PersonName|PhoneNumbers|ReadState|WaitingCard|RowTable|SavedFilters|SearchInput|SelectInput|StarRating|TimeAgo|TabBar|ListDownload|ModalFrame|list|read|reps|roles|selection|table-file|tasks|TaskActions|TaskDialog|NoteBox|draft)\b|i18n\/words|src\/rights|tanstack/,
            },
            // The parts of a page that are opened one after the other.
            { name: 'admin', test: /src\/pages\/admin\// },
            { name: 'import', test: /src\/pages\/import\// },
            {
              name: 'orders',
              test: /src\/pages\/(orders\/(Order(sPage|Sums|Detail|Instalments|Payments)|InstalmentsDialog)|service\/)/,
            },
          ],
        },
      },
    },
  },
  server: { proxy: { '/graphql': proxied, '/sign-in/': proxied, '/imports': proxied, '/audit-entries.csv': proxied } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
})
