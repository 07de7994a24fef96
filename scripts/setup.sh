#!/bin/sh
# Installs what is missing where a package manager can, and names it otherwise.
set -eu

if ! command -v cargo >/dev/null 2>&1; then
    echo "cargo is missing: install Rust from https://rustup.rs" >&2
    exit 1
fi

# The programs of PostgreSQL, wherever distributions put them.
for place in "$(pg_config --bindir 2>/dev/null || true)" /usr/lib/postgresql/*/bin /usr/pgsql-*/bin \
    /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin; do
    [ -x "$place/initdb" ] && [ -x "$place/postgres" ] && exit 0
done
command -v initdb >/dev/null 2>&1 && exit 0

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}
if command -v apt-get >/dev/null 2>&1 && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then
    echo "installing PostgreSQL's programs"
    as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql >/dev/null
elif command -v brew >/dev/null 2>&1; then
    brew install --quiet postgresql@16
else
    echo "PostgreSQL 15 or newer is missing: install its server package (its programs are enough, nothing has to run)" >&2
    exit 1
fi
