//! `tidepool doctor`: what it finds, what it advises, how it ends, and that it changes nothing.

use std::process::{Command, Output};

use serde_json::Value as Json;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};

use crate::support::dump::{empty_database, run};
use crate::support::program::database_url;
use crate::support::{World, fresh_database, server_role};

fn doctor(database: &PgConnectOptions, arguments: &[&str]) -> Output {
    let url = database_url(database).replace("user=tidepool", &format!("user={}", database.get_username()));
    doctor_of(&url, arguments)
}

fn doctor_of(url: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidepool"));
    command.env_remove("DATABASE_URL").args(["doctor", "--log", "warn", "--database-url", url]).args(arguments);
    command.output().unwrap()
}

/// What was found about one thing.
fn finding<'r>(report: &'r Json, about: &str) -> &'r Json {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().find(|finding| finding["about"] == about).unwrap_or_else(|| panic!("{about}: {report}"))
}

/// Where servers ran last, and the epoch of their log.
async fn installation(database: &PgConnectOptions) -> String {
    let mut db = database.connect().await.unwrap();
    let row = sqlx::query_scalar("select i::text from installation i").fetch_one(&mut db).await.unwrap();
    db.close().await.unwrap();
    row
}

fn report(database: &PgConnectOptions) -> Json {
    let output = doctor(database, &["--json"]);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

#[tokio::test]
async fn an_installation_is_examined_and_left_as_it_is() {
    let database = fresh_database().await;
    let before = installation(&database).await;
    let found = report(&server_role(&database));
    // PostgreSQL keeps nothing safe in tests.
    assert_eq!(finding(&found, "durability")["state"], "FAULT", "{found}");
    assert_eq!(found["state"], "FAULT");
    for about in [
        "database",
        "privileges",
        "transactions",
        "replication",
        "clock",
        "schema",
        "directory",
        "copy",
        "events",
        "figures",
        "orders",
        "rules",
        "jobs",
        "webhooks",
    ] {
        let Json::Object(finding) = finding(&found, about) else { panic!("{found}") };
        assert_eq!((&finding["state"], finding.contains_key("advice")), (&Json::from("OK"), false), "{finding:?}");
    }
    let text = doctor(&server_role(&database), &[]);
    assert_eq!(text.status.code(), Some(1));
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("FAULT    durability   fsync"), "{text}");
    assert!(text.contains("switch it on, except for tests"), "{text}");
    assert_eq!(installation(&database).await, before, "no server has been here");
    assert_eq!(finding(&report(&database), "privileges")["state"], "WARNING", "the owner");
}

#[tokio::test]
async fn what_waits_or_failed_is_found_with_what_to_do() {
    let world = World::new().await;
    let state = async |about: &str| {
        finding(&report(&server_role(&world.database)), about)["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(state("copy").await, "OK");
    run(
        &world.database,
        "update installation set is_held = true;
         insert into job_last_run (job, started_at, finished_at, error) values ('forget', now(), now(), 'it broke')
             on conflict (job) do update set error = excluded.error, finished_at = now();
         insert into webhook (id, name, url, format, locale, secret, events, position, due_at, created_at, failing_since, last_error_at, last_error)
             values (gen_random_uuid(), 'ERP', 'https://example.com', 'STANDARD', 'en', decode(repeat('00', 24), 'hex'), '{IMPORT}', 0,
                     now(), now(), now(), now(), '500');
         insert into pool_rule_run (id, rule_id, rule_version, planned_at, status, started_at, approve_by)
             select gen_random_uuid(), id, version, now(), 'AWAITING_APPROVAL', now(), now() + interval '3 hours' from customer_pool_rule limit 1",
    )
    .await;
    let found = report(&server_role(&world.database));
    for (about, part) in [
        ("copy", "held"),
        ("jobs", "forget failed 0 seconds ago: it broke"),
        ("webhooks", "1 webhooks, 1 fail, 0 are paused; the last error: 500"),
        ("rules", "1 runs of pool rules wait for approval, the first for 2 hours more"),
    ] {
        let finding = finding(&found, about);
        assert_eq!(finding["state"], "WARNING", "{finding}");
        assert!(finding["found"].as_str().unwrap().contains(part), "{finding}");
        assert!(!finding["advice"].as_str().unwrap().is_empty(), "{finding}");
    }
    // A value that no program writes.
    run(&world.database, "update permission set scope = 'moon' where role = 'hr'").await;
    let found = report(&server_role(&world.database));
    assert_eq!(finding(&found, "directory")["state"], "FAULT", "{found}");
}

#[tokio::test]
async fn a_database_without_a_schema_or_that_is_not_there_is_a_fault() {
    let found = report(&empty_database().await);
    assert_eq!(finding(&found, "schema")["state"], "FAULT", "{found}");
    assert!(finding(&found, "schema")["found"].as_str().unwrap().contains("tidepool migrate"), "{found}");
    assert!(found["findings"].as_array().unwrap().iter().all(|finding| finding["about"] != "webhooks"), "{found}");

    let output = doctor_of("postgres:///tidepool?host=/nowhere&user=tidepool", &["--json"]);
    assert_eq!(output.status.code(), Some(1));
    let found: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(finding(&found, "database")["state"], "FAULT", "{found}");
    assert!(finding(&found, "database")["found"].as_str().unwrap().contains("/nowhere"), "{found}");
}
