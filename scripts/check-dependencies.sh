#!/bin/sh
# Checks licences, sources and bans of the dependencies, and the advisories about them where their database can be fetched.
set -eu
cd "$(dirname "$0")/.."

cargo deny --log-level error check licenses bans sources
if cargo deny --log-level off fetch db >/dev/null 2>&1; then
    cargo deny --log-level error check --disable-fetch advisories
else
    echo "the database of advisories can't be reached: advisories were not checked" >&2
fi
