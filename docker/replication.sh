#!/bin/sh
# Lets a replica on the network of the containers follow this database.
set -eu
echo "host replication $POSTGRES_USER samenet scram-sha-256" >>"$PGDATA/pg_hba.conf"
