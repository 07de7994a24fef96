#!/bin/sh
# Installs what is missing if a package manager can, and names it otherwise. `setup.sh tests` also installs npm, Python and
# Chromium, for the clients and the console that the tests try; `setup.sh checks` installs the programs of `make check`.
set -eu

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}
may_apt() {
    command -v apt-get >/dev/null 2>&1 && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }
}
# install WHAT DEBIAN-PACKAGES BREW-PACKAGE OTHERWISE
install() {
    if may_apt; then
        echo "installing $1"
        # shellcheck disable=SC2086
        as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $2 >/dev/null
    elif command -v brew >/dev/null 2>&1; then
        brew install --quiet "$3"
    else
        echo "$4" >&2
        exit 1
    fi
}

if ! command -v cargo >/dev/null 2>&1; then
    echo "cargo is missing: install Rust from https://rustup.rs" >&2
    exit 1
fi

# The checks need two programs that cargo builds; that takes some minutes once.
if [ "${1:-}" = checks ]; then
    command -v cargo-deny >/dev/null 2>&1 || cargo install --quiet --locked cargo-deny
    command -v typos >/dev/null 2>&1 || cargo install --quiet --locked typos-cli
fi

if [ "${1:-}" = tests ] && ! command -v npm >/dev/null 2>&1; then
    install npm "nodejs npm" node "npm is missing: install Node.js 20 or newer"
fi

# One client of the tests is written in Python; without it, its test is skipped.
if [ "${1:-}" = tests ] && may_apt && ! python3 -c 'import ensurepip' 2>/dev/null; then
    install Python "python3 python3-venv"
fi

# The console is tried in a browser, with Chinese text.
if [ "${1:-}" = tests ] && [ ! -x "${CHROMIUM:-/usr/bin/chromium}" ]; then
    install Chromium "chromium fonts-noto-cjk" chromium "Chromium is missing: install it, and name it by CHROMIUM if it is not /usr/bin/chromium"
fi

# The programs of PostgreSQL, wherever distributions put them.
for place in "$(pg_config --bindir 2>/dev/null || true)" /usr/lib/postgresql/*/bin /usr/pgsql-*/bin \
    /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin; do
    [ -x "$place/initdb" ] && [ -x "$place/postgres" ] && exit 0
done
command -v initdb >/dev/null 2>&1 && exit 0
install "PostgreSQL's programs" postgresql postgresql@16 \
    "PostgreSQL 15 or newer is missing: install its server package (its programs are enough, nothing has to run)"
