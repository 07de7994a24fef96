# Read by scripts that need an empty PostgreSQL for a moment (`. scripts/postgres.sh`): it starts one with a database
# `tidepool` on 127.0.0.1, and stops and removes it when the script ends.
#
# $TIDEPOOL_SQLX_PORT says where to listen. Afterwards $bin is the folder of its programs, $scratch an empty folder
# that is removed in the end, and PGHOST, PGPORT, PGUSER, PGDATABASE and DATABASE_URL lead to the database.

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
scratch=$(mktemp -d)
stop() {
    as "$bin/pg_ctl -D $folder/cluster -m immediate stop" >/dev/null 2>&1 || true
    rm -rf "$folder" "$scratch"
}
trap stop EXIT INT TERM
export PGHOST=127.0.0.1 PGPORT="${TIDEPOOL_SQLX_PORT:=5498}" PGUSER=tidepool PGDATABASE=tidepool
export DATABASE_URL="postgres://$PGUSER@$PGHOST:$PGPORT/$PGDATABASE"
as "$bin/initdb -D $folder/cluster -U tidepool -A trust -E UTF8 --locale=C" >/dev/null
as "$bin/pg_ctl -D $folder/cluster -w -l $folder/log -o '-k $folder -c listen_addresses=127.0.0.1 -c port=$PGPORT -c fsync=off' start" >/dev/null
"$bin/createdb" -h "$PGHOST" "$PGDATABASE"
