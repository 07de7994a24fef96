//! PostgreSQL itself: its version, the rights of the role, what it does not lose, who follows it, and its archive.

use chrono::TimeDelta;
use sqlx::postgres::PgConnection;

use super::finding::{Finding, State, since, words};
use super::store::{self, Follower, Server};
use crate::kernel::schema::OLDEST_POSTGRESQL;

/// How far a replica may be behind, and how much a slot without a replica may keep.
const FAR_BEHIND: i64 = 256 << 20;
/// How long ago the last archived log may be. An idle PostgreSQL archives by `archive_timeout`, which is minutes.
const OLD_ARCHIVE: TimeDelta = TimeDelta::hours(24);
/// How long a transaction may be open.
const LONG_TRANSACTION: TimeDelta = TimeDelta::minutes(10);
/// The age at which PostgreSQL should have frozen old rows long ago, of the two thousand million that it can tell apart.
const OLD_AGE: i64 = 1_000_000_000;

/// Examines PostgreSQL.
pub async fn examine(db: &mut PgConnection) -> sqlx::Result<Vec<Finding>> {
    let server = store::server(db).await?;
    let mut findings = vec![version(&server), role(&server), durability(&server), connections(&server)];
    findings.extend(transactions(&server));
    if server.is_replica {
        let replayed = store::replayed_at(db).await?;
        let found = match replayed {
            Some(then) => format!("this is a replica; its last change is {} old", since(then, server.now)),
            None => "this is a replica, and it has no change of its primary yet".to_owned(),
        };
        let advice = "servers write, so --database-url must lead to the primary";
        findings.push(Finding::of(State::Fault, "replication", found, advice));
    } else {
        findings.push(replication(&store::followers(db).await?));
    }
    findings.push(archive(&server));
    Ok(findings)
}

fn version(server: &Server) -> Finding {
    let Server { version, database, encoding, bytes, .. } = server;
    let found = format!("PostgreSQL {version}, the database {database:?} in {encoding}, {} MB", bytes >> 20);
    if server.version_number < OLDEST_POSTGRESQL {
        let advice = format!("use PostgreSQL {} or newer", OLDEST_POSTGRESQL / 10_000);
        return Finding::of(State::Fault, "database", found, advice);
    }
    if server.encoding != "UTF8" {
        let advice = "create the database anew with `createdb --encoding UTF8 --template template0`";
        return Finding::of(State::Fault, "database", found, advice);
    }
    Finding::ok("database", found)
}

fn role(server: &Server) -> Finding {
    let found = format!("the role {:?}", server.role);
    if let Some(table) = &server.unreadable {
        let advice = "start a server with --migrate-database-url, or run `tidepool migrate` with it: it permits the role what servers need";
        return Finding::of(State::Fault, "privileges", format!("{found} may not read the table {table}"), advice);
    }
    if server.is_superuser || server.owns_tables {
        let can = if server.is_superuser { "is a superuser" } else { "owns the tables" };
        let advice = "give servers a role of their own, and name the owner by --migrate-database-url";
        let found = format!("{found} {can}, so a server could change what the logs say");
        return Finding::of(State::Warning, "privileges", found, advice);
    }
    Finding::ok("privileges", format!("{found} may do what servers need, and no more"))
}

fn durability(server: &Server) -> Finding {
    let off: Vec<_> = [
        (!server.fsync, "fsync"),
        (!server.full_page_writes, "full_page_writes"),
        (server.synchronous_commit == "off", "synchronous_commit"),
    ]
    .into_iter()
    .filter_map(|(is_off, name)| is_off.then_some(name))
    .collect();
    if off.is_empty() {
        return Finding::ok("durability", "what is committed is on the disk");
    }
    let found = format!("{} is off, so a crash can lose what was committed", off.join(" and "));
    let state = if off == ["synchronous_commit"] { State::Warning } else { State::Fault };
    Finding::of(state, "durability", found, "switch it on, except for tests")
}

fn connections(server: &Server) -> Finding {
    let Server { connections, most_connections, .. } = server;
    let found = format!("{connections} connections of {most_connections}");
    if connections * 10 < most_connections * 9 {
        return Finding::ok("connections", found);
    }
    let advice = "raise max_connections, or lower --database-connections of each server";
    Finding::of(State::Warning, "connections", found, advice)
}

fn transactions(server: &Server) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(then) = server.oldest_transaction.filter(|then| server.now - *then > LONG_TRANSACTION) {
        let found = format!("a transaction has been open for {}", since(then, server.now));
        let advice = "find it in pg_stat_activity and end it: while it is open, tables grow and migrations wait";
        findings.push(Finding::of(State::Warning, "transactions", found, advice));
    }
    if server.age > OLD_AGE {
        let found = format!("the oldest row that is not frozen is {} transactions old", server.age);
        let advice = "find out what keeps autovacuum from its work: PostgreSQL stops at 2,000,000,000";
        findings.push(Finding::of(State::Fault, "transactions", found, advice));
    }
    if findings.is_empty() {
        findings.push(Finding::ok("transactions", "none is open for long"));
    }
    findings
}

fn replication(followers: &[Follower]) -> Finding {
    let is_far = |follower: &&Follower| follower.bytes_behind.is_some_and(|bytes| bytes > FAR_BEHIND);
    if let Some(lost) = followers.iter().find(|follower| !follower.is_connected && is_far(follower)) {
        let kept = lost.bytes_behind.unwrap_or_default() >> 20;
        let found =
            format!("nobody reads the slot {:?}, for which {kept} MB of the write-ahead log are kept", lost.name);
        let advice = "start its replica, or drop the slot: it fills the disk";
        return Finding::of(State::Fault, "replication", found, advice);
    }
    if let Some(slow) = followers.iter().find(is_far) {
        let found = format!("{:?} is {} MB behind", slow.name, slow.bytes_behind.unwrap_or_default() >> 20);
        let advice = "a failover to it now would lose that: look at its disk and its network";
        return Finding::of(State::Warning, "replication", found, advice);
    }
    match followers.iter().filter(|follower| follower.is_connected).count() {
        0 => Finding::ok("replication", "no replica follows"),
        1 => Finding::ok("replication", "a replica follows closely"),
        count => Finding::ok("replication", format!("{count} replicas follow closely")),
    }
}

fn archive(server: &Server) -> Finding {
    if !server.archives {
        let found = "PostgreSQL archives no write-ahead log";
        let advice = "what happens after the last backup can be lost: archive the log (pgBackRest), or have a replica";
        return Finding::of(State::Unknown, "archive", found, advice);
    }
    let failed = server.archive_failed_at.filter(|failed| server.archived_at.is_none_or(|good| good < *failed));
    if let Some(failed) = failed {
        let found = format!("archiving has failed, last {} ago", since(failed, server.now));
        let advice =
            "see the log of PostgreSQL: until it works, the write-ahead log fills the disk, and the archive has a gap";
        return Finding::of(State::Fault, "archive", found, advice);
    }
    match server.archived_at {
        Some(then) if server.now - then <= OLD_ARCHIVE => {
            Finding::ok("archive", format!("the write-ahead log was archived {} ago", since(then, server.now)))
        }
        other => {
            let found = match other {
                Some(then) => format!("the write-ahead log was last archived {} ago", since(then, server.now)),
                None => "the write-ahead log was never archived".to_owned(),
            };
            let advice = format!(
                "set archive_timeout, so that at most its time is lost; warned of after {}",
                words(OLD_ARCHIVE)
            );
            Finding::of(State::Warning, "archive", found, advice)
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-03-02T01:00:00Z".parse().expect("a time")
    }

    fn well() -> Server {
        Server {
            version: "15.8".to_owned(),
            version_number: 150_008,
            encoding: "UTF8".to_owned(),
            database: "tidepool".to_owned(),
            role: "tidepool_server".to_owned(),
            is_superuser: false,
            owns_tables: false,
            unreadable: None,
            is_replica: false,
            fsync: true,
            full_page_writes: true,
            synchronous_commit: "on".to_owned(),
            age: 1_000,
            most_connections: 97,
            connections: 40,
            oldest_transaction: Some(now() - TimeDelta::seconds(1)),
            now: now(),
            bytes: 1 << 30,
            archives: true,
            archived_at: Some(now() - TimeDelta::minutes(5)),
            archive_failed_at: Some(now() - TimeDelta::days(5)),
        }
    }

    #[test]
    fn each_trouble_of_postgresql_is_found() {
        let states = |server: &Server| {
            let [mut all, rest] = [
                vec![version(server), role(server), durability(server), connections(server), archive(server)],
                transactions(server),
            ];
            all.extend(rest);
            all.into_iter()
                .filter(|finding| finding.state != State::Ok)
                .map(|finding| (finding.about, finding.state))
                .collect::<Vec<_>>()
        };
        let with = |change: fn(&mut Server)| {
            let mut server = well();
            change(&mut server);
            states(&server)
        };
        assert!(states(&well()).is_empty());
        assert_eq!(with(|server| server.version_number = 140_011), [("database", State::Fault)]);
        assert_eq!(with(|server| server.encoding = "LATIN1".to_owned()), [("database", State::Fault)]);
        assert_eq!(with(|server| server.owns_tables = true), [("privileges", State::Warning)]);
        assert_eq!(with(|server| server.unreadable = Some("task".to_owned())), [("privileges", State::Fault)]);
        assert_eq!(with(|server| server.fsync = false), [("durability", State::Fault)]);
        assert_eq!(with(|server| server.synchronous_commit = "off".to_owned()), [("durability", State::Warning)]);
        assert_eq!(with(|server| server.connections = 90), [("connections", State::Warning)]);
        assert_eq!(
            with(|server| server.oldest_transaction = Some(now() - TimeDelta::hours(1))),
            [("transactions", State::Warning)]
        );
        assert_eq!(with(|server| server.age = 1_500_000_000), [("transactions", State::Fault)]);
        assert_eq!(with(|server| server.archives = false), [("archive", State::Unknown)]);
        assert_eq!(with(|server| server.archive_failed_at = Some(now())), [("archive", State::Fault)]);
        assert_eq!(with(|server| server.archived_at = Some(now() - TimeDelta::days(2))), [("archive", State::Warning)]);
    }

    #[test]
    fn a_slot_without_a_replica_and_a_replica_that_is_far_behind_are_found() {
        let follower = |is_connected, bytes_behind| Follower { name: "one".to_owned(), is_connected, bytes_behind };
        let state = |followers: &[Follower]| replication(followers).state;
        assert_eq!(state(&[]), State::Ok);
        assert_eq!(state(&[follower(true, Some(1_000)), follower(true, None), follower(false, Some(0))]), State::Ok);
        assert_eq!(state(&[follower(true, Some(1 << 30))]), State::Warning);
        assert_eq!(state(&[follower(true, Some(1 << 30)), follower(false, Some(1 << 30))]), State::Fault);
    }
}
