//! The schema: who may serve it, who must bring it up to date, and what is said of a database that does not fit.

use std::process::{Command, Output, Stdio};

use axum::body::Body;
use axum::http::Request;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};

use crate::support::dump::{empty_database, run};
use crate::support::program::{Folder, ServerProcess, database_url, serve};
use crate::support::{World, cluster, fresh_database, server_role, until};

fn program(database: &PgConnectOptions, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidepool"));
    command.env_remove("DATABASE_URL").args(arguments).args(["--log", "warn", "--database-url"]);
    command.arg(server_url(database)).output().unwrap()
}

/// The URL for the role that a database is to be used as.
fn server_url(database: &PgConnectOptions) -> String {
    database_url(database).replace("user=tidepool", &format!("user={}", database.get_username()))
}

fn complaint(output: &Output) -> String {
    let complaint = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(!output.status.success(), "{complaint}");
    assert_eq!(complaint.lines().filter(|line| line.starts_with("tidepool: ")).count(), 1, "{complaint}");
    assert!(complaint.lines().last().unwrap().starts_with("tidepool: "), "{complaint}");
    complaint
}

async fn ready(world: &World) -> String {
    let answer = world.nobody().send(Request::get("/readyz").body(Body::empty()).unwrap()).await;
    answer.1.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_role_that_may_not_change_a_schema_serves_one_that_is_up_to_date() {
    let (current, folder) = (server_role(&fresh_database().await), Folder::new("current"));
    let url = server_url(&current);
    for more in [&[][..], &["--no-migrate"]] {
        let arguments = [&["--database-url", &url], more].concat();
        let mut server = ServerProcess::start_with(&folder.0, &arguments);
        assert!(server.send("GET /readyz HTTP/1.0\r\n\r\n").contains("200 OK"));
        assert!(server.stop("-TERM").success());
    }
    let empty = server_role(&empty_database().await);
    let told = complaint(&serve(&folder.0, &["--database-url", &server_url(&empty)]).output().unwrap());
    assert!(told.contains("--migrate-database-url"), "{told}");
    let told = complaint(&serve(&folder.0, &["--database-url", &server_url(&empty), "--no-migrate"]).output().unwrap());
    assert!(told.contains("run `tidepool migrate`"), "{told}");
}

#[tokio::test]
async fn a_newer_schema_is_served_if_it_is_compatible() {
    let world = World::new().await;
    let newer = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
                 values (999999, 'of a newer program', true, '', 0)";
    run(&world.database, newer).await;
    assert_eq!(ready(&world).await, "ready\n");
    assert!(program(&world.database, &["migrate"]).status.success());
    assert!(program(&server_role(&world.database), &["run-job", "forget"]).status.success());
    run(&world.database, "update installation set oldest_program = 999999").await;
    let told = ready(&world).await;
    assert!(told.contains("needs a program that knows version 999999"), "{told}");
    let told = complaint(&program(&world.database, &["run-job", "forget"]));
    assert!(told.contains("needs a program that knows version 999999"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_lets_others_pass_and_can_be_stopped_while_it_waits() {
    let database = fresh_database().await;
    // A migration that alters the table is to be made again.
    let undone = "alter table installation drop column oldest_program; delete from _sqlx_migrations where version = 34";
    run(&database, undone).await;
    let mut other = database.connect().await.unwrap();
    let mut lock = other.begin().await.unwrap();
    sqlx::query("select epoch from installation").execute(&mut *lock).await.unwrap();
    let migrating = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidepool"));
        command.env_remove("DATABASE_URL").args([
            "migrate",
            "--log",
            "warn",
            "--database-url",
            &database_url(&database),
        ]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let mut watching = database.connect().await.unwrap();
    let waits = "select count(*) from pg_stat_activity
                 where datname = current_database() and wait_event_type = 'Lock' and query like '%oldest_program%'";
    let mut is_waiting = async || sqlx::query_scalar::<_, i64>(waits).fetch_one(&mut watching).await.unwrap() == 1;

    let mut stopped = migrating();
    until(&mut is_waiting).await;
    Command::new("kill").args(["-TERM", &stopped.id().to_string()]).status().unwrap();
    assert!(stopped.wait().unwrap().success());
    until(async || !is_waiting().await).await;

    let patient = migrating();
    until(&mut is_waiting).await;
    // It gives way: another look at the table does not wait for its end.
    let mut reader = database.connect().await.unwrap();
    sqlx::query("select epoch from installation").execute(&mut reader).await.unwrap();
    lock.rollback().await.unwrap();
    let output = patient.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("waits for others"), "{output:?}");
}

#[tokio::test]
async fn a_database_that_does_not_fit_is_refused_before_anything_is_changed() {
    let maintenance = cluster().connect_options().database("postgres");
    run(&maintenance, "create database other_letters encoding 'LATIN1' locale 'C' template template0").await;
    let other_letters = maintenance.clone().database("other_letters");
    let told = complaint(&program(&other_letters, &["migrate"]));
    assert!(told.contains("\"other_letters\" is encoded in LATIN1: create it with"), "{told}");
    let mut connection = other_letters.connect().await.unwrap();
    let tables: i64 = sqlx::query_scalar("select count(*) from pg_tables where schemaname = 'public'")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(tables, 0);
    connection.close().await.unwrap();

    let told = complaint(&program(&maintenance.clone().database("nowhere"), &["migrate"]));
    assert!(told.contains("database \"nowhere\" does not exist: create it with `createdb"), "{told}");
    let told = complaint(&program(&maintenance.clone().username("stranger"), &["migrate"]));
    assert!(told.contains("create the role \"stranger\""), "{told}");
}

#[tokio::test]
async fn a_server_whose_connections_do_not_fit_says_so() {
    let database = fresh_database().await;
    let folder = Folder::new("connections");
    let url = server_url(&server_role(&database));
    let name = database.get_database().unwrap();
    run(&database, &format!("alter database {name} connection limit 40")).await;
    let told = complaint(&serve(&folder.0, &["--database-url", &url]).output().unwrap());
    assert!(told.contains("may need 50 connections, and PostgreSQL allows 40"), "{told}");
    let fits = ["--database-url", &url, "--database-connections", "40"];
    assert!(ServerProcess::start_with(&folder.0, &fits).send("GET /readyz HTTP/1.0\r\n\r\n").contains("200 OK"));
}
