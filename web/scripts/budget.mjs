// What a browser loads, compressed: to the form of sign-in, to each page, and in all. A page that grows beyond it fails here.
import { readdirSync, readFileSync, statSync } from 'node:fs'

// All pages together are more than anybody loads.
const BUDGET = { signIn: 60, page: 130, all: 250 }
const folder = new URL('../dist/', import.meta.url)
const size = (name) => statSync(new URL(`${name}.br`, folder)).size / 1000
const text = (name) => readFileSync(new URL(name, folder), 'utf8')
const assets = readdirSync(new URL('assets/', folder))
  .filter((name) => /\.(js|css)$/.test(name))
  .map((name) => `assets/${name}`)

/** A file with all that it imports at once, styles included. */
function closure(names, found = new Set()) {
  for (const name of names) {
    if (found.has(name)) continue
    found.add(name)
    if (!name.endsWith('.js')) continue
    const imported = [...text(name).matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g)].map(
      (match) => `assets/${match[1]}`,
    )
    closure(imported, found)
  }
  return found
}
const weigh = (names) => [...names].reduce((sum, name) => sum + size(name), 0)

const html = text('index.html')
const first = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((match) => match[1])
/** Styles that belong to a script have its name. */
const styleOf = (name) => assets.filter((other) => other.endsWith('.css') && other.split('-')[0] === name.split('-')[0])
const withStyles = (all) => new Set([...all, ...[...all].flatMap(styleOf)])
const base = withStyles(closure(first))
const shellAndBase = withStyles(closure([...first, ...assets.filter((name) => /\/AppShell-.*\.js$/.test(name))]))
const pages = assets.filter((name) => /\/(\w+Page|ImportDetail|NotFound)-[\w-]+\.js$/.test(name))
const wrong = []
const say = (what, weight, most) => {
  console.log(`${what.padEnd(22)} ${weight.toFixed(1).padStart(6)} kB of ${most}`)
  if (weight > most) wrong.push(what)
}
say(
  'sign-in',
  weigh(withStyles(closure([...base, ...assets.filter((name) => /\/SignIn-.*\.js$/.test(name))]))) + size('index.html'),
  BUDGET.signIn,
)
for (const page of pages) {
  say(/\/(\w+)-/.exec(page)[1], weigh(withStyles(closure([...shellAndBase, page]))) + size('index.html'), BUDGET.page)
}
say('everything', weigh(assets), BUDGET.all)
if (wrong.length > 0) {
  console.error(`beyond the budget: ${wrong.join(', ')}`)
  process.exit(1)
}
