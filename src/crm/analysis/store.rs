//! Every statement that writes the ledger of figures and its sums.

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgPool, Postgres};
use tokio::sync::mpsc::Sender;

use crate::kernel::clock::Clock;
use crate::kernel::error::Error;
use crate::kernel::transaction;

/// The lock of the one server that numbers postings and adds them to the sums.
const KEEPER_LOCK: i64 = 0x7469_6465_6669_6775;

/// Whether there is anything to do: the zone of the sums, and whether postings or customers wait.
pub async fn due(db: &PgPool) -> sqlx::Result<(String, bool)> {
    let row = sqlx::query!(
        r#"select time_zone, exists (select from posting_outbox) or exists (select from sales_analysis_due) as "waits!"
           from sales_analysis_state"#
    )
    .fetch_one(db)
    .await?;
    Ok((row.time_zone, row.waits))
}

/// Numbers at most `most` postings and adds them to the sums; returns how much was done. Waits while another server does
/// this. The lock is taken in a statement of its own, so that the second statement sees all that was committed before.
/// So is the moment, because none of this is known before.
pub async fn keep(db: &PgPool, clock: &Clock, most: i32) -> sqlx::Result<i64> {
    let mut transaction = transaction::begin(db).await?;
    sqlx::query!("select set_config('statement_timeout', '0', true) from pg_advisory_xact_lock($1)", KEEPER_LOCK)
        .fetch_one(&mut *transaction)
        .await?;
    let done = sqlx::query_scalar!(r#"select keep_sales_analysis($1, $2) as "done!""#, clock.now(), most)
        .fetch_one(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(done)
}

/// Makes all sums anew, in the days of a zone.
pub async fn recount(db: &PgPool, zone: &str) -> sqlx::Result<()> {
    let mut transaction = transaction::begin(db).await?;
    sqlx::query!("select set_config('statement_timeout', '0', true) from pg_advisory_xact_lock($1)", KEEPER_LOCK)
        .fetch_one(&mut *transaction)
        .await?;
    sqlx::query!("select recount_sales_analysis($1)", zone).fetch_one(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(())
}

/// Makes a role of the database that reads the views of the schema `bi`, or gives it another password.
pub async fn make_reader(owner: &PgConnectOptions, name: &str, verifier: &str) -> sqlx::Result<()> {
    let mut db: PgConnection = owner.connect().await?;
    sqlx::query!("select make_bi_user($1::text::name, $2)", name, verifier).fetch_one(&mut db).await?;
    db.close().await
}

/// A column of a view of the schema `bi`.
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type, as PostgreSQL writes it: `numeric(14,2)`.
    pub of_type: String,
}

/// The columns of a view of the schema `bi`.
pub async fn columns(db: &mut PgConnection, view: &str) -> sqlx::Result<Vec<Column>> {
    sqlx::query_as!(
        Column,
        r#"select attname::text as "name!", format_type(atttypid, atttypmod) as "of_type!" from pg_attribute
           where attrelid = format('bi.%I', $1::text)::regclass and attnum > 0 and not attisdropped order by attnum"#,
        view
    )
    .fetch_all(db)
    .await
}

/// The columns of a view of the schema `bi`, as cells for spreadsheet programs.
pub async fn columns_as_cells(db: &mut PgConnection, view: &str) -> sqlx::Result<String> {
    sqlx::query_scalar!(r#"select columns_as_cells($1) as "columns!""#, view).fetch_one(db).await
}

/// How long an export may take, and how often PostgreSQL looks meanwhile whether this server is still there.
const EXPORT_SETTINGS: &str = "select set_config('statement_timeout', '30min', true), \
                               set_config('client_connection_check_interval', '1s', true)";

/// A connection that sees one snapshot. It is closed afterwards, so that a statement that nobody reads to its end ends with it. An
/// export may take longer than a request.
pub async fn snapshot(db: &PgPool) -> sqlx::Result<PoolConnection<Postgres>> {
    let mut connection = db.acquire().await?;
    connection.close_on_drop();
    sqlx::query("begin isolation level repeatable read, read only").execute(&mut *connection).await?;
    sqlx::query(EXPORT_SETTINGS).execute(&mut *connection).await?;
    Ok(connection)
}

/// Stands for all facts that have a position, and for the zone of their days. What is lost with a failover gets other ids or
/// times when it is numbered again.
pub async fn state_of_facts(db: &mut PgConnection) -> sqlx::Result<String> {
    sqlx::query_scalar!(
        r#"select concat_ws(' ', p.position, p.id, extract(epoch from p.known_at), s.time_zone) as "state!"
           from sales_analysis_state s left join (select * from posting order by position desc limit 1) p on true"#
    )
    .fetch_one(db)
    .await
}

/// Stands for the rows of a statement: two hashes of each, summed.
pub async fn state_of_rows(db: &mut PgConnection, rows: &str) -> sqlx::Result<String> {
    let text = format!(
        "select concat_ws(' ', count(*), sum(hashtextextended(v::text, 0)), sum(hashtextextended(v::text, 1))) from ({rows}) v"
    );
    sqlx::query_scalar(AssertSqlSafe(text)).fetch_one(db).await
}

/// Copies rows out, as text of a format, until nobody reads them any more.
pub async fn copy_out(
    mut connection: PoolConnection<Postgres>,
    copy: &str,
    parts: &Sender<Result<Vec<u8>, Error>>,
) -> Result<(), Error> {
    let mut copied = connection.copy_out_raw(copy).await?;
    while let Some(part) = copied.next().await {
        if parts.send(part.map(|bytes| bytes.to_vec()).map_err(Error::from)).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// The rows of a statement, one after another.
pub fn rows<'c>(db: &'c mut PgConnection, statement: &str) -> BoxStream<'c, sqlx::Result<PgRow>> {
    sqlx::query(AssertSqlSafe(statement.to_owned())).persistent(false).fetch(db)
}
