//! A full disk is called so: it is no database that can't be reached, and no fault of the program.

use std::process::Command;

use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use tidepool::kernel::clock::Clock;
use tidepool::kernel::config::Limits;

use crate::support::program::{Folder, ServerProcess, database_url, serve, skipped};
use crate::support::{World, fresh_database, until};

const CREATE: &str = "mutation { createCustomer(input: {name: \"Acme\", source: \"WEBSITE\"}) { customer { id } } }";

/// Lets PostgreSQL say of a table that it can't be extended.
async fn fill_up(world: &World, table: &str) {
    let statements = format!(
        "create or replace function full_disk() returns trigger language plpgsql as $$
         begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
         create trigger full_disk before insert on {table} for each row execute function full_disk()"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(&world.db).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_of_the_database_is_told_to_users_and_by_the_check_of_readiness() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    fill_up(&world, "customer").await;
    for (language, part) in [("en", "The disk of the database is full"), ("zh", "数据库磁盘已满")] {
        let answer = ann.ask_in(language, CREATE, json!({})).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{answer}");
        assert!(answer["errors"][0]["message"].as_str().unwrap().contains(part), "{answer}");
    }
    sqlx::query("drop trigger full_disk on customer").execute(&world.db).await.unwrap();
    fill_up(&world, "event").await;
    world.pooled("Blue Wave").await;
    let ready = async || world.nobody().send(Request::get("/readyz").body(Body::empty()).unwrap()).await;
    until(async || ready().await.0 == 503).await;
    assert!(ready().await.1.as_str().unwrap().contains("the disk of the database is full"), "{:?}", ready().await);
    sqlx::query("drop trigger full_disk on event").execute(&world.db).await.unwrap();
    until(async || ready().await.0 == 200).await;
}

/// A disk of 64 KB, until it is dropped.
struct SmallDisk(Folder);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let disk = Self(Folder::new("small-disk"));
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=64k", "tidepool-test"]).arg(&disk.0.0);
        if !mount.output().is_ok_and(|output| output.status.success()) {
            skipped("a small disk can't be mounted");
            return None;
        }
        Some(disk)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0.0).output();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_of_the_server_is_reported_to_the_user_who_uploads_a_file() {
    let Some(disk) = SmallDisk::mount() else { return };
    let database = fresh_database().await;
    let world = World::on(database.clone(), Clock::database(), Limits::default()).await;
    let mark = world.person("Mark", "marketing", None).await;
    let folder = Folder::new("small-disk-server");
    let mut command = serve(&folder.0, &["--database-url", &database_url(&database)]);
    command.env("TMPDIR", &disk.0.0);
    let server = ServerProcess::start_as(&folder.0, command);
    let boundary = "boundary";
    let part = |name: &str, text: &str| {
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
    };
    let operations = json!({
        "query": "mutation($file: Upload!) { importCustomers(input: {file: $file}) { userErrors { message } } }",
        "variables": {"file": null}
    });
    let file = format!("name\n{}", "Acme\n".repeat(100_000));
    let body = format!(
        "{}{}--{boundary}\r\nContent-Disposition: form-data; name=\"0\"; filename=\"a.csv\"\r\n\r\n{file}\r\n--{boundary}--\r\n",
        part("operations", &operations.to_string()),
        part("map", &json!({"0": ["variables.file"]}).to_string())
    );
    let request = format!(
        "POST /graphql HTTP/1.0\r\ncontent-type: multipart/form-data; boundary={boundary}\r\nauthorization: Bearer {}\r\n\
         content-length: {}\r\n\r\n{body}",
        mark.token,
        body.len()
    );
    let answer = tokio::task::block_in_place(|| server.send(&request));
    assert!(answer.contains("The disk of the server is full"), "{answer}");
    assert!(answer.contains("UNAVAILABLE"), "{answer}");
}
