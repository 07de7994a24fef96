#!/bin/sh
# Builds the web console into web/dist, if it is older than its sources. Without npm it says so and goes on: the server then says
# how to add the console; with the argument `required` it fails.
set -eu
cd "$(dirname "$0")/../web"

if [ -f dist/index.html ] \
    && [ -z "$(find src public scripts index.html ./*.ts package.json package-lock.json ../schema.graphql -newer dist/index.html -not -path 'src/gql*' -print -quit)" ]; then
    exit 0
fi
if ! command -v npm >/dev/null 2>&1; then
    echo "the web console is left out, because npm is missing: install Node.js 20.19 or newer, then run sh scripts/web.sh" >&2
    [ "${1:-}" != required ]
    exit
fi
echo "building the web console" >&2
# The packages are installed again when the lock changes.
if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    npm ci --no-audit --no-fund --loglevel error >&2
    touch node_modules/.package-lock.json
fi
# Vite wants Node.js 20.19 or newer; this package brings its binary, which npm's scripts find first.
if ! node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'; then
    npm install --no-save --no-audit --no-fund --loglevel error node@22 >&2
fi
npm run --silent build >&2
# cargo does not know of files that were not there before.
touch ../src/console.rs
