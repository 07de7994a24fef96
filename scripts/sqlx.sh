#!/bin/sh
# Writes .sqlx, from which the compiler checks SQL where no database is; with --check, compares it instead.
# sqlx writes the data itself when it checks against a database and SQLX_OFFLINE_DIR is set.
set -eu
cd "$(dirname "$0")/.."
. scripts/postgres.sh

for file in migrations/*.sql; do
    "$bin/psql" -q -v ON_ERROR_STOP=1 -f "$file" >/dev/null
done

# A compiler that has nothing to do asks the database nothing.
touch src/lib.rs
SQLX_OFFLINE_DIR="$scratch" cargo check --quiet --lib
if [ "${1:-}" = --check ]; then
    diff -r "$scratch" .sqlx >/dev/null || { echo ".sqlx is stale: make sqlx" >&2; exit 1; }
else
    rm -rf .sqlx
    cp -r "$scratch" .sqlx
fi
