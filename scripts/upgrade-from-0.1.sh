#!/bin/sh
# Copies a database of Tidepool 0.1 into a new database of 0.2, whose migrations were written anew:
#
#   sh scripts/upgrade-from-0.1.sh postgres://…/old postgres://…/new
#
# The new database must be empty. No server may run on either. The old database is only read. psql and pg_dump must be in
# the path, in the version of the server or newer; $TIDEPOOL is the program of 0.2, otherwise `tidepool` in the path. The
# owner of the new database is enough, no superuser. docs/upgrading.md says more.
set -eu
old=${1:?"usage: sh scripts/upgrade-from-0.1.sh OLD_DATABASE_URL NEW_DATABASE_URL"}
new=${2:?"usage: sh scripts/upgrade-from-0.1.sh OLD_DATABASE_URL NEW_DATABASE_URL"}
fail() { echo "$1" >&2; exit 1; }
ask() { psql -X -q -A -t -v ON_ERROR_STOP=1 -c "$2" "$1"; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT INT TERM

[ "$(ask "$old" "select max(version) from _sqlx_migrations where success")" = 18 ] ||
    fail "the old database does not have the last schema of 0.1: let the last program of 0.1 migrate it first"
[ "$(ask "$old" "select count(*) from pg_stat_activity where application_name = 'tidepool' and datname = current_database()")" = 0 ] ||
    fail "a server runs on the old database: stop it, so that nothing is written while it is copied"
[ "$(ask "$new" "select count(*) from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace")" = 0 ] ||
    fail "the new database is not empty"

# The migrations of 0.2.0 that make the tables of 0.1, noted as sqlx does it. Those behind them change the rows as well, so
# they come when the rows are there.
echo 'create table _sqlx_migrations (version bigint primary key, description text not null,
          installed_on timestamptz not null default now(), success boolean not null, checksum bytea not null,
          execution_time bigint not null)' | psql -X -q -v ON_ERROR_STOP=1 "$new"
for file in "$(dirname "$0")"/../migrations/*.sql; do
    name=$(basename "$file" .sql)
    [ "${name%%_*}" -le 10 ] || continue
    psql -X -q -v ON_ERROR_STOP=1 --single-transaction -f "$file" "$new" >/dev/null
    echo "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
          values (:version, :'name', true, sha384(convert_to(:'text' || E'\n', 'UTF8')), 0)" |
        psql -X -q -v ON_ERROR_STOP=1 -v version="${name%%_*}" -v name="$name" -v text="$(cat "$file")" "$new"
done

# All rows but those of sqlx, which are the new database's own. pg_dump warns of tables that refer to themselves, which are
# no problem here: each table is one statement.
rows() {
    pg_dump --data-only --exclude-table=_sqlx_migrations "$1" 2>"$scratch/warnings" || { cat "$scratch/warnings" >&2; exit 1; }
}
rows "$old" >"$scratch/old"

# Triggers must be off, because the rows that they would write are copied, too. Keys, references and checks stay on.
cat >"$scratch/before" <<'SQL'
do $$
declare
    tables text := (select string_agg(oid::regclass::text, ', ') from pg_class
                    where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> '_sqlx_migrations');
    one text;
begin
    foreach one in array string_to_array(tables, ', ') loop
        execute format('alter table %s disable trigger user', one);
    end loop;
    -- What migrations have inserted, and the roles and the policy of a new installation.
    execute format('truncate %s', tables);
end $$;
SQL
cat >"$scratch/after" <<'SQL'
set search_path = public;
-- References that are checked at the commit are checked now, because a table can't be altered before that.
set constraints all immediate;
do $$
declare
    one regclass;
begin
    for one in select oid from pg_class
               where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> '_sqlx_migrations' loop
        execute format('alter table %s enable trigger user', one);
    end loop;
end $$;
SQL
# The dump also sets the sequences. All of it is one transaction: after an error the new database can be dropped and made again.
psql -X -q -v ON_ERROR_STOP=1 --single-transaction -f "$scratch/before" -f "$scratch/old" -f "$scratch/after" "$new" >/dev/null
psql -X -q -c 'set client_min_messages = error' -c analyze "$new"

rows "$new" >"$scratch/new"
# Comments name owners and versions, and each dump has another key.
for dump in old new; do grep -v -e '^--' -e '^\\restrict' -e '^\\unrestrict' "$scratch/$dump" >"$scratch/$dump.rows"; done
cmp "$scratch/old.rows" "$scratch/new.rows" || fail "the rows of both databases differ: do not use the new one"
"${TIDEPOOL:-tidepool}" --database-url "$new" migrate
echo "Every row is in the new database."
