//! Whole databases as text: restored from a dump, and dumped to compare.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};

use super::{cluster, program};

/// A database without any table.
pub async fn empty_database() -> PgConnectOptions {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let name = format!("empty_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    // Not of template1, which others may have connected to.
    run(&cluster().connect_options().database("postgres"), &format!("create database {name} template template0")).await;
    cluster().connect_options().database(&name)
}

/// Runs statements, as `psql -f` does: a migration, or a dump.
pub async fn run(database: &PgConnectOptions, statements: &str) {
    let mut connection = database.connect().await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// The schema as `pg_dump` writes it: each object by its kind and name, without comments and line breaks. It is that of a
/// restored dump, because PostgreSQL writes some checks with other parentheses after they were restored.
pub async fn schema(database: &PgConnectOptions) -> BTreeMap<String, String> {
    let restored = empty_database().await;
    run(&restored, &dump(database)).await;
    dump(&restored).split("\n-- Name: ").skip(1).map(object).collect()
}

/// A copy of a database with all that is in it, as an operator restores it.
pub async fn copy(database: &PgConnectOptions) -> PgConnectOptions {
    let restored = empty_database().await;
    let file = std::env::temp_dir().join(format!("{}-{}.dump", restored.get_database().unwrap(), std::process::id()));
    let file_name = file.to_str().unwrap();
    for (program, arguments) in [
        ("pg_dump", ["--format", "custom", "--file", file_name, "--dbname", &program::database_url(database)]),
        (
            "pg_restore",
            ["--exit-on-error", "--no-owner", "--dbname", &program::database_url(&restored), "--", file_name],
        ),
    ] {
        let output = Command::new(cluster().program(program)).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    std::fs::remove_file(file).unwrap();
    restored
}

fn dump(database: &PgConnectOptions) -> String {
    let dumped = Command::new(cluster().program("pg_dump"))
        .args(["--schema-only", "--no-owner", "--no-privileges", "--dbname", &program::database_url(database)])
        .output()
        .unwrap();
    assert!(dumped.status.success(), "{}", String::from_utf8_lossy(&dumped.stderr));
    let text = String::from_utf8(dumped.stdout).unwrap();
    // Commands of psql, with another key in each dump.
    text.lines().filter(|line| !line.starts_with('\\')).fold(String::new(), |text, line| text + line + "\n")
}

/// `contact contact_pkey; Type: CONSTRAINT; …`, and below that its definition.
fn object(text: &str) -> (String, String) {
    let (head, definition) = text.split_once('\n').unwrap();
    let mut head = head.split("; ");
    let (name, kind) = (head.next().unwrap(), head.next().unwrap().trim_start_matches("Type: "));
    let lines = definition.lines().filter(|line| !line.trim_start().starts_with("--"));
    let words: Vec<_> = lines.flat_map(str::split_whitespace).collect();
    (format!("{kind} {name}"), words.join(" "))
}
