//! The schema of the database: how it is brought up to date, and whether this program can work with it.

mod advice;
mod store;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgExecutor};
use tokio::time::timeout;

use crate::kernel::connecting::{Settings, Way};
use crate::kernel::error::Error;
use crate::kernel::mail::MailError;

/// The migrations that this program knows. The database may have newer ones.
static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let mut migrations = sqlx::migrate!();
    migrations.set_ignore_missing(true);
    migrations
});

/// How long to wait for a connection at most.
pub const CONNECT_FOR: Duration = Duration::from_secs(5);
/// How long a migration waits for a lock before it lets others pass, and tries again.
const LOCK_TIME: &str = "5s";
/// The oldest version of PostgreSQL, as it numbers its versions.
pub const OLDEST_POSTGRESQL: i32 = 150_000;

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database can't be queried.
    #[error("the database can't be used")]
    Database(#[from] sqlx::Error),
    /// The database can't be reached: where it is, why, and what to do.
    #[error("{0}")]
    Unreachable(String),
    /// The database is not one for this program.
    #[error("{0}")]
    Unfit(String),
    /// A migration failed.
    #[error("the schema can't be brought up to date")]
    Migration(#[from] MigrateError),
    /// The database contains a value that this program does not know.
    #[error("the directory can't be read")]
    Directory(#[source] Error),
    /// The settings of e-mail are wrong.
    #[error("e-mail can't be sent with these settings")]
    Mail(#[from] MailError),
}

/// Applies the missing migrations to a database as its owner, and permits the role of the servers what they need. A database that
/// is up to date is not changed, so its role needs no right to change the schema. Returns a pool of one connection of the owner.
///
/// A migration that waits for a lock keeps everybody else from the table. So it gives up after some seconds, lets them pass, and
/// tries again, until the caller gives up.
pub async fn migrate(owner: &PgConnectOptions, server: &PgConnectOptions) -> Result<PgPool, StartError> {
    let (way, settings) = (Way::direct(owner.clone()), Settings::standard());
    let mut connection = reach(&way.options(&settings)).await?;
    let missing = missing(&mut connection).await?;
    if missing {
        check_fitness(&mut connection).await?;
    }
    connection.close().await?;
    // A server that gives up leaves no statement behind that waits.
    let settings = settings.and("lock_timeout", LOCK_TIME).and("client_connection_check_interval", "1s");
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(CONNECT_FOR);
    let pool = pool.connect_with(way.options(&settings)).await?;
    if missing {
        apply(&pool).await?;
    }
    if server.get_username() != owner.get_username() {
        store::permit_server(&pool, server.get_username()).await?;
    }
    Ok(pool)
}

/// Applies the missing migrations.
async fn apply(owner: &PgPool) -> Result<(), MigrateError> {
    loop {
        match MIGRATIONS.run(owner).await {
            Err(MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _))
                if is_lock_time_out(&error) =>
            {
                tracing::warn!("a migration waits for others, who hold a lock that it needs; trying again");
            }
            done => return done,
        }
    }
}

/// Connects to a database, or says in one line where it is, why it can't be reached, and what to do.
pub async fn reach(database: &PgConnectOptions) -> Result<PgConnection, StartError> {
    let error = match timeout(CONNECT_FOR, database.connect()).await {
        Ok(Ok(connection)) => return Ok(connection),
        Ok(Err(error)) => error,
        Err(_) => sqlx::Error::PoolTimedOut,
    };
    Err(StartError::Unreachable(advice::of(&error, database)))
}

/// Connects once, and refuses a connection whose session is not of its own: a pooler is in between. `longest` is the longest
/// statement of its settings, in milliseconds.
pub async fn check_session(database: &PgConnectOptions, longest: u128) -> Result<(), StartError> {
    let mut connection = reach(database).await?;
    let set = store::statement_timeout(&mut connection).await?;
    connection.close().await?;
    if set == longest.to_string() {
        return Ok(());
    }
    let place = advice::place(database);
    Err(StartError::Unfit(format!("{place} does not keep the settings of a connection: {}", advice::POOLER)))
}

/// Refuses a pooler that leads to another database. `begin` is how a transaction begins over it.
pub async fn check_pooler(
    pooler: &PgConnectOptions,
    begin: &Arc<str>,
    database: &PgConnectOptions,
) -> Result<(), StartError> {
    let (mut through, mut direct) = (reach(pooler).await?, reach(database).await?);
    let mut transaction = through.begin_with(AssertSqlSafe(begin.clone())).await?;
    let (there, here) = (store::whereabouts(&mut transaction).await?, store::whereabouts(&mut direct).await?);
    transaction.rollback().await?;
    through.close().await?;
    direct.close().await?;
    if there == here {
        return Ok(());
    }
    Err(StartError::Unfit("--database-url and --direct-database-url lead to different databases".to_owned()))
}

/// The first of these places where a primary is; of a single place, whatever is there. Otherwise it says of each place why not.
pub async fn primary(places: &[PgConnectOptions]) -> Result<PgConnectOptions, StartError> {
    if let [only] = places {
        return Ok(only.clone());
    }
    let mut why = Vec::new();
    for place in places {
        let is_replica = async { Ok(store::is_replica(&mut reach(place).await?).await?) };
        match is_replica.await {
            Ok(false) => return Ok(place.clone()),
            Ok(true) => why.push(format!("{} is a replica", advice::place(place))),
            Err(StartError::Unreachable(what)) => why.push(what),
            Err(error) => return Err(error),
        }
    }
    Err(StartError::Unreachable(why.join("; ")))
}

/// The same settings, at another place.
pub fn at(place: &PgConnectOptions, settings: &PgConnectOptions) -> PgConnectOptions {
    let settings = settings.clone().host(place.get_host()).port(place.get_port());
    match place.get_socket() {
        Some(socket) => settings.socket(socket),
        None => settings,
    }
}

/// Whether the database lacks a migration. One that was changed afterwards is left to the migrator to refuse.
async fn missing(db: &mut PgConnection) -> sqlx::Result<bool> {
    let applied = store::applied(db).await?;
    Ok(!MIGRATIONS.iter().all(|ours| {
        let is_it = |(version, checksum): &(i64, Vec<u8>)| *version == ours.version && *checksum == *ours.checksum;
        applied.iter().any(is_it)
    }))
}

/// Refuses a database in which the migrations would fail half-way.
async fn check_fitness(db: &mut PgConnection) -> Result<(), StartError> {
    let store::Fitness { name, encoding, version, may_create, may_make_temporary } = store::fitness(db).await?;
    let why = if version < OLDEST_POSTGRESQL {
        format!("PostgreSQL {} is too old: Tidepool needs {} or newer", version / 10_000, OLDEST_POSTGRESQL / 10_000)
    } else if encoding != "UTF8" {
        format!(
            "the database {name:?} is encoded in {encoding}: create it with `createdb --encoding UTF8 --template template0`"
        )
    } else if !may_create {
        format!(
            "the schema of the database {name:?} is not up to date, and this role may not change it: name the role that owns it by \
             --migrate-database-url"
        )
    } else if !may_make_temporary {
        format!(
            "this role may make no temporary tables in the database {name:?}: run `grant temporary on database {name:?} to …`"
        )
    } else {
        return Ok(());
    };
    Err(StartError::Unfit(why))
}

/// Checks whether this program can work with the schema: it has all migrations of this program, and none that needs a newer one.
/// Returns its version.
pub async fn check(db: impl PgExecutor<'_>) -> Result<i64, StartError> {
    let wanted = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default();
    let (applied, oldest_program) = match store::versions(db).await {
        Ok(versions) => versions,
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42P01") => {
            return Err(StartError::Unfit("the database has no schema yet: run `tidepool migrate`".to_owned()));
        }
        Err(error) => return Err(error.into()),
    };
    let why = if applied < wanted {
        format!("the schema has version {applied}, but this program needs version {wanted}: run `tidepool migrate`")
    } else if oldest_program > wanted {
        format!(
            "the schema needs a program that knows version {oldest_program}, and this one knows {wanted}: use a newer one"
        )
    } else {
        return Ok(applied);
    };
    Err(StartError::Unfit(why))
}

/// Checks whether PostgreSQL allows the connections that a server may need. It refuses to start if it never does, because without
/// some of them nobody would be told of events.
pub async fn check_connections(db: &PgPool, needed: u32) -> Result<(), StartError> {
    let store::Connections { most, others } = store::connections(db).await?;
    let needed = i64::from(needed);
    if needed > most {
        return Err(StartError::Unfit(format!(
            "this server may need {needed} connections, and PostgreSQL allows {most}: set a smaller --database-connections, or raise \
             max_connections"
        )));
    }
    if needed + others > most {
        tracing::warn!(
            needed,
            others,
            most,
            "PostgreSQL allows fewer connections than this server and those that are connected now may need together"
        );
    }
    Ok(())
}

fn is_lock_time_out(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|code| code == "55P03")
}
