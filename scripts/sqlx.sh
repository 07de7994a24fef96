#!/bin/sh
# Writes .sqlx, from which the compiler checks SQL where no database is; with --check, compares it instead.
# sqlx writes the data itself when it checks against a database and SQLX_OFFLINE_DIR is set.
set -eu
cd "$(dirname "$0")/.."

bin=$(for place in "$(pg_config --bindir 2>/dev/null || true)" /usr/lib/postgresql/*/bin /usr/pgsql-*/bin \
    /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin; do
    [ -x "$place/initdb" ] && [ -x "$place/postgres" ] && echo "$place" && break
done)
[ -n "$bin" ] || bin=$(dirname "$(readlink -f "$(command -v initdb)")")

folder=$(mktemp -d /tmp/tidepool-sqlx-XXXXXX)
# PostgreSQL does not run as root.
if [ "$(id -u)" = 0 ]; then
    chown postgres "$folder"
    as() { su postgres -s /bin/sh -c "cd / && $*"; }
else
    as() { sh -c "cd / && $*"; }
fi
# The empty folder is ours to write to, the cluster is the account's.
fresh=$(mktemp -d)
stop() {
    as "$bin/pg_ctl -D $folder/cluster -m immediate stop" >/dev/null 2>&1 || true
    rm -rf "$folder" "$fresh"
}
trap stop EXIT INT TERM
as "$bin/initdb -D $folder/cluster -U tidepool -A trust -E UTF8 --locale=C" >/dev/null
as "$bin/pg_ctl -D $folder/cluster -w -l $folder/log -o '-k $folder -c listen_addresses=127.0.0.1 -c port=${TIDEPOOL_SQLX_PORT:=5498} -c fsync=off' start" >/dev/null
as "$bin/createdb -h $folder -p $TIDEPOOL_SQLX_PORT -U tidepool tidepool"
for file in migrations/*.sql; do
    "$bin/psql" -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$TIDEPOOL_SQLX_PORT" -U tidepool -d tidepool -f "$file" >/dev/null
done

# A compiler that has nothing to do asks the database nothing.
touch src/lib.rs
DATABASE_URL="postgres://tidepool@127.0.0.1:$TIDEPOOL_SQLX_PORT/tidepool" SQLX_OFFLINE_DIR="$fresh" cargo check --quiet --lib
if [ "${1:-}" = --check ]; then
    diff -r "$fresh" .sqlx >/dev/null || { echo ".sqlx is stale: make sqlx" >&2; exit 1; }
else
    rm -rf .sqlx
    cp -r "$fresh" .sqlx
fi
