#!/bin/sh
# Runs each target of fuzz/ for a time. cargo-fuzz wants a nightly compiler for the address sanitizer; our code has no unsafe
# blocks, so it is switched off, and the stable compiler is enough.
set -eu
cd "$(dirname "$0")/.."
command -v cargo-fuzz >/dev/null 2>&1 || cargo install --quiet --locked cargo-fuzz
# The versions of the program itself.
cp Cargo.lock fuzz/Cargo.lock
for target in document filter cursor id condition file; do
    cargo fuzz run --sanitizer none "$target" -- -max_total_time="${FUZZ_SECONDS:-60}" -max_len=8000 -timeout=20
done
