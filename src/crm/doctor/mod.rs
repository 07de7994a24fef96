//! What an operator wants to know of an installation. Each finding says what is, and what to do if something is wrong. Nothing is
//! changed: it reads over one connection, in a session that can't write.

mod disk;
mod finding;
mod installation;
mod postgres;
mod store;

use std::time::Instant;

use chrono::TimeDelta;
use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection};

use crate::kernel::clock::Clock;
use crate::kernel::connecting::{Settings, Way};
use crate::kernel::{directory, schema};
pub use finding::{Finding, Report, State};

/// The largest difference between the machine's clock and the database's clock with which a server is ready.
const MOST_SKEW: TimeDelta = TimeDelta::seconds(1);

/// Examines an installation: its database directly, and the pooler before it, if there is one.
pub async fn examine(database: &PgConnectOptions, pooler: Option<&PgConnectOptions>) -> Report {
    let (way, settings) =
        (Way::direct(database.clone()), Settings::standard().and("default_transaction_read_only", "on"));
    let mut db = match schema::reach(&way.options(&settings)).await {
        Ok(db) => db,
        Err(error) => return Report::unreachable(&error.to_string()),
    };
    let mut findings = Vec::new();
    match postgres::examine(&mut db).await {
        Ok(found) => findings.extend(found),
        Err(error) => findings.push(unread("database", &error)),
    }
    if let Some(pooler) = pooler {
        findings.push(pooled(pooler, database, &settings).await);
    }
    findings.push(clock(&mut db).await);
    findings.extend(disk::examine(&mut db, database).await);
    let schema = schema_of(&mut db).await;
    let fits = schema.state != State::Fault;
    findings.push(schema);
    // Another schema has other tables.
    if fits {
        findings.push(directory_of(&mut db).await);
        match installation::examine(&mut db).await {
            Ok(found) => findings.extend(found),
            Err(error) => findings.push(unread("installation", &error)),
        }
    }
    let _ = db.close().await;
    Report::of(findings)
}

fn unread(about: &'static str, error: &sqlx::Error) -> Finding {
    Finding::of(State::Fault, about, format!("it can't be read: {error}"), "see the log of PostgreSQL")
}

async fn pooled(pooler: &PgConnectOptions, database: &PgConnectOptions, settings: &Settings) -> Finding {
    let (way, direct) = (Way::pooled(pooler.clone()), Way::direct(database.clone()).options(settings));
    let begin = way.begin(settings).unwrap_or_default();
    match schema::check_pooler(&way.options(settings), &begin, &direct).await {
        Ok(()) => Finding::ok("pooler", "it leads to this database"),
        Err(error) => Finding::of(State::Fault, "pooler", error.to_string(), "correct --database-url, or the pooler"),
    }
}

async fn clock(db: &mut PgConnection) -> Finding {
    let (machine, asked) = (Clock::database(), Instant::now());
    match store::now(db).await {
        Ok(now) => {
            machine.follow(now, asked);
            clocks(machine.skew())
        }
        Err(error) => unread("clock", &error),
    }
}

fn clocks(skew: TimeDelta) -> Finding {
    let found = format!("this machine's clock differs by {} ms from the database's clock", skew.num_milliseconds());
    if skew <= MOST_SKEW {
        return Finding::ok("clock", found);
    }
    Finding::of(State::Fault, "clock", found, "synchronise both clocks (NTP): servers are not ready beyond a second")
}

async fn schema_of(db: &mut PgConnection) -> Finding {
    match schema::check(&mut *db).await {
        Ok(version) => Finding::ok("schema", format!("it has version {version}, with which this program can work")),
        Err(error) => Finding::of(State::Fault, "schema", error.to_string(), "bring program and schema together"),
    }
}

async fn directory_of(db: &mut PgConnection) -> Finding {
    match directory::read(db).await {
        Ok(directory) => {
            let active = directory.people.iter().filter(|(_, member)| member.is_active).count();
            Finding::ok("directory", format!("{active} active users, {} roles", directory.roles.len()))
        }
        Err(error) => {
            let why = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            let advice = "the tables have a value that this program does not know: it was changed by hand, or by a newer program";
            Finding::of(State::Fault, "directory", why, advice)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_a_second_off_is_a_fault() {
        assert_eq!(clocks(TimeDelta::milliseconds(1_000)).state, State::Ok);
        assert_eq!(clocks(TimeDelta::milliseconds(1_001)).state, State::Fault);
    }
}
