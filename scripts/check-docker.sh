#!/bin/sh
# Keeps docker/ true where no engine runs: what it copies exists and is let through, its Rust is new enough, its
# settings are settings.
set -eu
cd "$(dirname "$0")/.."
fail() { echo "docker: $1" >&2; exit 1; }

sed -n 's/^COPY \([^-].*\) [^ ]*$/\1/p' docker/Dockerfile | tr ' ' '\n' | while read -r source; do
    [ -e "$source" ] || fail "$source is copied, but is not there"
    grep -qx "!${source%%/*}" .dockerignore || fail "$source is copied, but .dockerignore keeps it out"
done
# The stage that compiles, as far as Cargo reads it: a file that is not copied is missing here, too.
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT INT TERM
sed -n 's/^COPY \([^-].*\) [^ ]*$/\1/p' docker/Dockerfile | tr ' ' '\n' | grep -v '^web' | while read -r source; do cp -r "$source" "$stage/"; done
touch_files=$(sed -n 's/^RUN \(for file in .*\)$/\1/p' docker/Dockerfile)
(cd "$stage" && eval "$touch_files" && cargo metadata --locked --no-deps --format-version 1 >/dev/null) \
    || fail "the files that are copied are not a package"
image=$(sed -n 's/^FROM rust:\([0-9]*\)\.\([0-9]*\).*/\1 \2/p' docker/Dockerfile)
wanted=$(sed -n 's/^rust-version = "\([0-9]*\)\.\([0-9]*\)"/\1 \2/p' Cargo.toml)
[ "${image% *}" -eq "${wanted% *}" ] && [ "${image#* }" -ge "${wanted#* }" ] || fail "the image has Rust $image, Cargo.toml wants $wanted"
node=$(sed -n 's/^FROM node:\([0-9]*\).*/\1/p' docker/Dockerfile)
wanted=$(sed -n 's/.*"node": ">=\([0-9]*\).*/\1/p' web/package.json)
[ "$node" -ge "$wanted" ] || fail "the image has Node.js $node, web/package.json wants $wanted"
help=$(cargo run --quiet -- serve --help)
for name in $(grep -rohE 'TIDEPOOL_[A-Z_]*|[A-Z_]*DATABASE_URL' docker | sort -u | grep -v '^TIDEPOOL_\(DATABASE\|SERVER\)_PASSWORD$'); do
    echo "$help" | grep -q "\[env: $name" || fail "$name is no setting"
done
# The server must not be the owner of the database, who could change the logs.
owner=$(sed -n 's/^ *POSTGRES_USER: //p' docker/compose.yaml)
server=$(sed -n 's|^ *DATABASE_URL: postgres://\([a-z_]*\):.*|\1|p' docker/compose.yaml)
[ -n "$owner" ] && [ -n "$server" ] && [ "$server" != "$owner" ] || fail "the server of compose.yaml uses the role that owns the database"
# What can be checked where it is installed.
if command -v haproxy >/dev/null 2>&1; then
    # The names of the containers are known to Docker alone.
    sed 's/^    server \([a-z]*\) .*/    server \1 127.0.0.1:8000/' docker/haproxy.cfg >"$stage/haproxy.cfg"
    haproxy -c -q -f "$stage/haproxy.cfg" || fail "haproxy.cfg is not valid"
fi
if command -v systemd-analyze >/dev/null 2>&1; then
    # The program and its settings are not there.
    for unit in tidepool.service tidepool-backup.service tidepool-backup.timer; do
        sed 's|^ExecStart=.*|ExecStart=/bin/true|; s|^EnvironmentFile=|&-|' "docker/$unit" >"$stage/$unit"
    done
    systemd-analyze verify --man=no "$stage"/tidepool* || fail "the units of systemd are not valid"
fi
if command -v promtool >/dev/null 2>&1; then
    promtool check rules docker/prometheus/alerts.yaml >/dev/null || fail "alerts.yaml is not valid"
fi
if docker compose version >/dev/null 2>&1; then
    for file in compose cluster; do
        TIDEPOOL_DATABASE_PASSWORD=x TIDEPOOL_SERVER_PASSWORD=y docker compose -f "docker/$file.yaml" config --quiet || fail "$file.yaml is not valid"
    done
fi
