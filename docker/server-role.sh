#!/bin/sh
# Creates the role of the server in a new database. A volume that exists needs it once: run it in the container.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$TIDEPOOL_SERVER_PASSWORD" -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<'SQL'
create role tidepool_server login password :'password';
SQL
