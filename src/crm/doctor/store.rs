//! Every statement that reads how an installation is. Those about PostgreSQL itself also run where there is no schema.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;

/// PostgreSQL, and the role of the connection.
#[derive(sqlx::FromRow)]
pub struct Server {
    pub version: String,
    pub version_number: i32,
    pub encoding: String,
    pub database: String,
    pub role: String,
    pub is_superuser: bool,
    /// Whether the role owns the tables, so that it could change what the logs say.
    pub owns_tables: bool,
    /// A table that the role may not read, if there is one.
    pub unreadable: Option<String>,
    pub is_replica: bool,
    pub fsync: bool,
    pub full_page_writes: bool,
    pub synchronous_commit: String,
    /// The transactions until PostgreSQL must clean up, as a share of those that it can tell apart.
    pub age: i64,
    /// How many connections this role may have, and how many there are of all.
    pub most_connections: i64,
    pub connections: i64,
    /// Since when the oldest transaction that this role may see is open.
    pub oldest_transaction: Option<DateTime<Utc>>,
    pub now: DateTime<Utc>,
    pub bytes: i64,
    /// Whether write-ahead logs are archived, and since when.
    pub archives: bool,
    pub archived_at: Option<DateTime<Utc>>,
    pub archive_failed_at: Option<DateTime<Utc>>,
}

/// Reads how PostgreSQL is.
pub async fn server(db: &mut PgConnection) -> sqlx::Result<Server> {
    sqlx::query_as(
        "select current_setting('server_version') as version, current_setting('server_version_num')::int as version_number,
                current_setting('server_encoding') as encoding, current_database()::text as database, current_user::text as role,
                (select rolsuper from pg_roles where rolname = current_user) as is_superuser,
                exists (select from pg_class c where c.oid = to_regclass('app_user') and pg_has_role(c.relowner, 'member')) as owns_tables,
                (select min(c.relname::text) from pg_class c
                 where c.relkind = 'r' and c.relnamespace = current_schema::regnamespace and not has_table_privilege(c.oid, 'select')) as unreadable,
                pg_is_in_recovery() as is_replica, current_setting('fsync')::bool as fsync,
                current_setting('full_page_writes')::bool as full_page_writes,
                current_setting('synchronous_commit') as synchronous_commit,
                (select max(age(datfrozenxid))::bigint from pg_database) as age,
                least(current_setting('max_connections')::bigint - current_setting('superuser_reserved_connections')::bigint,
                      (select rolconnlimit::bigint from pg_roles where rolname = current_user and rolconnlimit >= 0),
                      (select datconnlimit::bigint from pg_database where datname = current_database() and datconnlimit >= 0))
                    as most_connections,
                (select coalesce(sum(numbackends), 0)::bigint from pg_stat_database) as connections,
                (select min(xact_start) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid())
                    as oldest_transaction,
                clock_timestamp() as now, pg_database_size(current_database()) as bytes,
                current_setting('archive_mode') <> 'off' as archives, a.last_archived_time as archived_at,
                a.last_failed_time as archive_failed_at
         from pg_stat_archiver a",
    )
    .fetch_one(db)
    .await
}

/// A replica that follows, or a slot that keeps what a replica will need.
#[derive(sqlx::FromRow)]
pub struct Follower {
    pub name: String,
    pub is_connected: bool,
    /// How far it is behind, in bytes of the write-ahead log; unknown to a role that may not see it.
    pub bytes_behind: Option<i64>,
}

/// Reads who follows this primary.
pub async fn followers(db: &mut PgConnection) -> sqlx::Result<Vec<Follower>> {
    sqlx::query_as(
        "select coalesce(nullif(application_name, ''), 'a replica') as name, true as is_connected,
                pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint as bytes_behind
         from pg_stat_replication
         union all
         select slot_name::text, false, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint
         from pg_replication_slots where not active
         order by 1",
    )
    .fetch_all(db)
    .await
}

/// When a replica has last seen a commit of its primary; `None` if it has seen none.
pub async fn replayed_at(db: &mut PgConnection) -> sqlx::Result<Option<DateTime<Utc>>> {
    sqlx::query_scalar("select pg_last_xact_replay_timestamp()").fetch_one(db).await
}

/// The time of the database.
pub async fn now(db: &mut PgConnection) -> sqlx::Result<DateTime<Utc>> {
    sqlx::query_scalar("select clock_timestamp()").fetch_one(db).await
}

/// Where PostgreSQL keeps its data, if this role may know.
pub async fn data_directory(db: &mut PgConnection) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar("select setting from pg_settings where name = 'data_directory'").fetch_optional(db).await
}

/// What waits in an installation.
pub struct Waiting {
    pub now: DateTime<Utc>,
    pub is_held: bool,
    /// The events that are not in the log yet, and when the first of them happened.
    pub events: i64,
    pub oldest_event: Option<DateTime<Utc>>,
    /// The postings that no sum has yet.
    pub postings: i64,
    /// The runs of pool rules that wait for approval, and the first deadline of them.
    pub runs: i64,
    pub approve_by: Option<DateTime<Utc>>,
    /// The runs that have failed within a week.
    pub failed_runs: i64,
    /// When the last backup was begun that this program made.
    pub backed_up_at: Option<DateTime<Utc>>,
}

/// Reads what waits.
pub async fn waiting(db: &mut PgConnection) -> sqlx::Result<Waiting> {
    sqlx::query_as!(
        Waiting,
        r#"select clock_timestamp() as "now!", i.is_held,
                  (select count(*) from event_outbox) as "events!", (select min(occurred_at) from event_outbox) as oldest_event,
                  (select count(*) from posting_outbox) as "postings!",
                  (select count(*) from pool_rule_run where status = 'AWAITING_APPROVAL') as "runs!",
                  (select min(approve_by) from pool_rule_run where status = 'AWAITING_APPROVAL') as approve_by,
                  (select count(*) from pool_rule_run where status = 'FAILED' and finished_at > now() - interval '7 days') as "failed_runs!",
                  i.backed_up_at
           from installation i"#
    )
    .fetch_one(db)
    .await
}

/// How many orders count although their opportunity is lost or void.
pub async fn contradicting_orders(db: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) as "orders!" from sales_order s join sales_opportunity o on o.id = s.opportunity_id
           where o.stage_kind in ('LOST', 'VOID') and s.closed_at is null"#
    )
    .fetch_one(db)
    .await
}

/// How a job last ended.
pub struct LastRun {
    pub job: String,
    pub finished_at: DateTime<Utc>,
    pub error: Option<String>,
}

/// Reads how each job last ended.
pub async fn last_runs(db: &mut PgConnection) -> sqlx::Result<Vec<LastRun>> {
    sqlx::query_as!(LastRun, "select job, finished_at, error from job_last_run order by job").fetch_all(db).await
}
