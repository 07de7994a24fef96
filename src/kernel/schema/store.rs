//! Every statement about the schema. They are not checked against it, because they also run where it is another one, or none.

use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{PgExecutor, Row};

/// The migrations that were applied, with their checksums; none if the database has no schema.
pub async fn applied(db: &mut PgConnection) -> sqlx::Result<Vec<(i64, Vec<u8>)>> {
    let has_schema: bool =
        sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null").fetch_one(&mut *db).await?;
    if !has_schema {
        return Ok(Vec::new());
    }
    sqlx::query_as("select version, checksum from _sqlx_migrations where success").fetch_all(db).await
}

/// The last migration that was applied, and the last one that a program must know.
pub async fn versions(db: impl PgExecutor<'_>) -> sqlx::Result<(i64, i64)> {
    sqlx::query_as(
        "select (select max(version) from _sqlx_migrations where success), i.oldest_program from installation i",
    )
    .fetch_one(db)
    .await
}

/// Permits the role of the servers what they need.
pub async fn permit_server(db: &PgPool, role: &str) -> sqlx::Result<()> {
    sqlx::query("select permit_server($1::name)").bind(role).execute(db).await?;
    Ok(())
}

/// What the migrations need of a database.
#[derive(sqlx::FromRow)]
pub struct Fitness {
    /// Its name.
    pub name: String,
    /// Its encoding.
    pub encoding: String,
    /// The version of PostgreSQL.
    pub version: i32,
    /// Whether the role may create tables in it.
    pub may_create: bool,
    /// Whether the role may make temporary tables in it.
    pub may_make_temporary: bool,
}

/// Reads what the migrations need.
pub async fn fitness(db: &mut PgConnection) -> sqlx::Result<Fitness> {
    sqlx::query_as(
        "select current_database()::text as name, current_setting('server_encoding') as encoding,
                current_setting('server_version_num')::int as version,
                coalesce(has_schema_privilege(current_schema, 'create'), false) as may_create,
                has_database_privilege(current_database(), 'temporary') as may_make_temporary",
    )
    .fetch_one(db)
    .await
}

/// The connections of PostgreSQL.
#[derive(sqlx::FromRow)]
pub struct Connections {
    /// How many this role may have in this database.
    pub most: i64,
    /// How many others there are now, of all databases.
    pub others: i64,
}

/// Counts connections. This one does not count.
pub async fn connections(db: &PgPool) -> sqlx::Result<Connections> {
    sqlx::query_as(
        "select least(current_setting('max_connections')::bigint - current_setting('superuser_reserved_connections')::bigint,
                      (select rolconnlimit::bigint from pg_roles where rolname = current_user and rolconnlimit >= 0),
                      (select datconnlimit::bigint from pg_database where datname = current_database() and datconnlimit >= 0)) as most,
                (select coalesce(sum(numbackends), 0)::bigint from pg_stat_database) as others",
    )
    .fetch_one(db)
    .await
}

/// Whether a database follows another one.
pub async fn is_replica(db: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar("select pg_is_in_recovery()").fetch_one(db).await
}

/// The longest statement of this session, in milliseconds. It is asked for without preparing anything, because there may be a pooler
/// in between.
pub async fn statement_timeout(db: &mut PgConnection) -> sqlx::Result<String> {
    let row = sqlx::raw_sql("select setting from pg_settings where name = 'statement_timeout'").fetch_one(db).await?;
    row.try_get(0)
}

/// Where the database is: its cluster, and which one it is there.
pub async fn whereabouts(db: &mut PgConnection) -> sqlx::Result<String> {
    let asked = "select s.system_identifier || ' ' || d.oid from pg_control_system() s, pg_database d
                 where d.datname = current_database()";
    sqlx::raw_sql(asked).fetch_one(db).await?.try_get(0)
}
