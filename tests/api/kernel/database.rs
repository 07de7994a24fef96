//! The role of the servers, and how the program connects to the database.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;

use serde_json::json;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

use crate::support::dump::empty_database;
use crate::support::program::{Folder, database_url};
use crate::support::{World, server_role};

#[tokio::test]
async fn the_role_of_the_servers_changes_neither_logs_nor_tables_nor_triggers() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    ann.create("Acme").await;
    assert_eq!(admin.outcome("updateSettings", json!({"maxRevealsPerDay": 9})).await, "");
    let mut server = server_role(&world.database).connect().await.unwrap();
    let logs = [
        "customer_operation_log",
        "contact_reveal",
        "audit_entry",
        "order_history",
        "payment",
        "opportunity_history",
        "opportunity_product",
        "posting",
        "placement",
        "edit",
    ];
    let mut forbidden = vec![
        "drop table customer".to_owned(),
        "alter table customer add column x text".to_owned(),
        "create table x ()".to_owned(),
        "drop function refuse_change cascade".to_owned(),
        "create or replace function refuse_change() returns trigger language plpgsql as $$ begin return null; end $$"
            .to_owned(),
        "set session_replication_role = replica".to_owned(),
        "set role tidepool".to_owned(),
        "alter role tidepool_server superuser".to_owned(),
        "select permit_server('tidepool_server')".to_owned(),
        "delete from _sqlx_migrations".to_owned(),
        "copy customer to program 'cat'".to_owned(),
        "update customer_operation_log set at = now()".to_owned(),
        "update customer_operation_log set merged_from = customer_id".to_owned(),
        "update opportunity_history set stage = 'WON'".to_owned(),
        "update edit set after = before".to_owned(),
        "update edit set merged_from = customer_id".to_owned(),
    ];
    // Only what an import brought can be removed.
    forbidden.extend(
        ["followup", "sales_order", "sales_opportunity"].map(|table| format!("update {table} set import_id = null")),
    );
    for log in logs {
        forbidden.extend([
            format!("delete from {log}"),
            format!("truncate {log}"),
            format!("alter table {log} disable trigger all"),
            format!("alter table {log} rename to other"),
            format!("drop trigger append_only on {log}"),
        ]);
    }
    for statement in forbidden {
        let refused = sqlx::query(AssertSqlSafe(statement.clone())).execute(&mut server).await;
        // An empty table has no row that a trigger would refuse.
        let changed = refused.as_ref().map_or(0, sqlx::postgres::PgQueryResult::rows_affected);
        assert!(refused.is_err() && changed == 0, "{statement}");
        let text = refused.unwrap_err().to_string();
        let reasons = ["permission denied", "must be", "append-only"];
        assert!(reasons.iter().any(|reason| text.contains(reason)), "{statement}: {text}");
    }
    server.close().await.unwrap();
    assert_eq!(world.sql::<i64>("select count(*) from audit_entry").await, 1);
}

#[tokio::test]
async fn the_program_migrates_as_the_owner_and_serves_as_another_role() {
    let database = empty_database().await;
    let (owner, server) =
        (database_url(&database), database_url(&database).replace("user=tidepool", "user=tidepool_server"));
    let folder = Folder::new("urls");
    let [owner_file, server_file] = ["owner", "server"].map(|name| folder.0.join(name));
    std::fs::write(&owner_file, format!("{owner}\n")).unwrap();
    std::fs::write(&server_file, format!("{server}\n")).unwrap();
    let program = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidepool"));
        command.env_remove("DATABASE_URL").args(arguments).args(["--log", "warn"]).envs(variables.iter().copied());
        command.output().unwrap()
    };
    let new_admin = ["create-admin", "--email", "ada@example.com", "--name", "Ada"];
    let alone = program(&new_admin, &[("DATABASE_URL", &server)]);
    assert!(String::from_utf8_lossy(&alone.stderr).contains("--migrate-database-url"), "{alone:?}");
    let files = [
        ("DATABASE_URL_FILE", server_file.to_str().unwrap()),
        ("MIGRATE_DATABASE_URL_FILE", owner_file.to_str().unwrap()),
    ];
    let both = program(&new_admin, &files);
    assert!(both.status.success(), "{both:?}");
    let seeded = program(&["run-job", "forget", "--database-url", &server, "--migrate-database-url", &owner], &[]);
    assert!(seeded.status.success(), "{seeded:?}");
    let migrate_only = program(&["migrate", "--migrate-database-url", &owner], &[]);
    assert!(String::from_utf8_lossy(&migrate_only.stderr).contains("needs --database-url"), "{migrate_only:?}");
}

#[test]
fn a_connection_to_another_machine_must_be_encrypted_and_a_password_belongs_into_no_command_line() {
    // A server that does not encrypt. The address counts as another machine, because it is not a loopback address.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 8];
            if stream.read_exact(&mut request).is_ok() {
                let _ = stream.write_all(b"N");
            }
        }
    });
    let url = format!("postgres://tidepool:secret-word@0.0.0.0:{port}/tidepool");
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidepool"));
    command.env_remove("DATABASE_URL").env_remove("PGSSLMODE");
    let output = command.args(["migrate", "--database-url", &url, "--log", "warn"]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(told.contains("must be encrypted") && told.contains("sslmode=disable"), "{told}");
    assert!(told.contains("the command line shows the password"), "{told}");
    assert!(!told.contains("secret-word"), "{told}");
}
