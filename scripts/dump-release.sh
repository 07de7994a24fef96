#!/bin/sh
# Freezes the migrations of a release: `sh scripts/dump-release.sh 0.2.0`, or `make freeze VERSION=0.2.0`. It writes to
# tests/migrations
#
#   0.2.0.sql     a small database of that version, schema and data: each later version must be able to migrate it
#   0.2.0.sha256  the SHA-256 of each migration: no later version may change one
#
# Run it just before the release is tagged, and again if a migration is added or changed before the tag. Afterwards the
# files stay as they are, because databases with these migrations exist.
set -eu
cd "$(dirname "$0")/.."
version=${1:?"usage: sh scripts/dump-release.sh VERSION"}
out=tests/migrations/$version
! git rev-parse -q --verify "refs/tags/v$version" >/dev/null || { echo "$version is released already" >&2; exit 1; }
sha256() { if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }

cargo build --quiet
. scripts/postgres.sh
cargo run --quiet -- seed --customers 16
# The days off of 60 years are large, and follow from the settings.
"$bin/psql" -q -v ON_ERROR_STOP=1 -c "update setting set weekly_days_off = '{}'"
# Inserts and no COPY, so that any client can restore it; and nothing that other versions of PostgreSQL do not know.
"$bin/pg_dump" --no-owner --no-privileges --inserts --rows-per-insert=100 >"$scratch/dump"
grep -v -e '^\\' -e '^SET transaction_timeout' "$scratch/dump" >"$out.sql"
(cd migrations && sha256 ./*.sql | sed 's|\./||') >"$out.sha256"
wc -c "$out.sql"
