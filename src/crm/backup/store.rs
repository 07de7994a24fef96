//! The statements of backups. The database that is restored into has no tables at first.

use chrono::{DateTime, Utc};
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnection;

/// What is in a database.
#[derive(Debug)]
pub struct Content {
    /// How many users there are.
    pub users: i64,
    /// How many customers there are.
    pub customers: i64,
    /// How many orders there are.
    pub orders: i64,
    /// When a customer changed last; `None` without customers.
    pub last_change: Option<DateTime<Utc>>,
}

/// Reads what is in a database.
pub async fn content(db: &mut PgConnection) -> sqlx::Result<Content> {
    sqlx::query_as!(
        Content,
        r#"select (select count(*) from app_user) as "users!", (select count(*) from customer) as "customers!",
                  (select count(*) from sales_order) as "orders!", (select max(updated_at) from customer) as last_change"#
    )
    .fetch_one(db)
    .await
}

/// The time of the database's clock.
pub async fn now(db: &mut PgConnection) -> sqlx::Result<DateTime<Utc>> {
    sqlx::query_scalar!(r#"select clock_timestamp() as "now!""#).fetch_one(db).await
}

/// Notes when the last backup was begun.
pub async fn note_backup(db: &mut PgConnection, begun: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("update installation set backed_up_at = $1", begun).execute(db).await?;
    Ok(())
}

/// Whether there are tables, views or sequences of users.
pub async fn has_tables(db: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (
               select from pg_class c join pg_namespace n on n.oid = c.relnamespace
               where n.nspname !~ '^pg_' and n.nspname <> 'information_schema') as "has_tables!""#
    )
    .fetch_one(db)
    .await
}

/// Those of the roles that are not there.
pub async fn missing_roles(db: &mut PgConnection, roles: &[String]) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"select name as "name!" from unnest($1::text[]) name
           where not exists (select from pg_roles where rolname = name) order by name"#,
        roles
    )
    .fetch_all(db)
    .await
}

/// Whether the role of the connection may create roles.
pub async fn may_create_roles(db: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"select rolsuper or rolcreaterole as "may!" from pg_roles where rolname = current_user"#)
        .fetch_one(db)
        .await
}

/// Creates a role that can't sign in.
pub async fn create_role(db: &mut PgConnection, name: &str) -> sqlx::Result<()> {
    // A name can't be a parameter.
    let quoted = name.replace('"', "\"\"");
    sqlx::query(AssertSqlSafe(format!("create role \"{quoted}\" nologin"))).execute(db).await?;
    Ok(())
}
