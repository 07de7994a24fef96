//! Files are read in the background: to the end even if the client disconnects, unless the server dies.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use serde_json::{Value as Json, json};
use sqlx::{Postgres, Transaction};
use tidepool::kernel::config::Limits;

use crate::support::World;
use crate::support::files::import_request;

impl World {
    /// While this transaction is open, no row of a file can be stored.
    async fn hold_rows(&self) -> Transaction<'static, Postgres> {
        let mut held = self.db.begin().await.unwrap();
        sqlx::query("lock table import_row in share mode").execute(&mut *held).await.unwrap();
        held
    }

    /// Waits until a file is being read; returns the id of its import.
    async fn reading(&self) -> String {
        let began = Instant::now();
        loop {
            let id: Option<String> = self.sql("select max('import_' || id) from import where status = 'READING'").await;
            if let Some(id) = id {
                return id;
            }
            assert!(began.elapsed() < Duration::from_secs(100), "a file is being read");
        }
    }
}

#[tokio::test]
async fn an_import_is_read_and_run_after_the_client_has_disconnected() {
    let world = World::new().await;
    let mei = world.person("Mei", "marketing", None).await;
    for (dry_run, file, status) in [(true, "Name\nAcme\nBlue\n", "READY"), (false, "Name\nRed\nGreen\n", "DONE")] {
        let held = world.hold_rows().await;
        let input = json!({"source": "WEBSITE", "dryRun": dry_run});
        let request = mei.send(import_request(&mei.token, &input, "customers.csv", file.as_bytes()));
        let id = tokio::select! {
            (_, answer) = request => panic!("it can't be read yet: {answer}"),
            id = world.reading() => id,
        };
        held.rollback().await.unwrap();
        let ended = mei.wait_for_import(&id).await;
        assert_eq!([&ended["status"], &ended["rowCount"], &ended["creates"]], [&json!(status), &json!(2), &json!(2)]);
    }
    let names: String = world.sql("select string_agg(name, ' ' order by name) from customer").await;
    assert_eq!(names, "Green Red");
}

#[tokio::test]
async fn the_response_does_not_wait_until_a_large_file_is_read() {
    let world = World::with_limits(Limits { import_wait: Duration::ZERO, ..Limits::default() }).await;
    let mei = world.person("Mei", "marketing", None).await;
    let begin = async |file: &[u8]| {
        let (_, answer) =
            mei.send(import_request(&mei.token, &json!({"source": "WEBSITE"}), "customers.csv", file)).await;
        let payload = answer["data"]["importCustomers"].clone();
        assert_eq!((&payload["import"]["status"], &payload["userErrors"]), (&json!("READING"), &json!([])), "{answer}");
        payload["import"]["id"].as_str().unwrap().to_owned()
    };
    let held = world.hold_rows().await;
    let id = begin(b"Name\nAcme\nBlue\n").await;
    held.rollback().await.unwrap();
    let read = mei.wait_for_import(&id).await;
    assert_eq!([&read["status"], &read["rowCount"]], [&json!("READY"), &json!(2)]);
    // If the rest of the file cannot be read, the import shows the error.
    let id = begin(format!("Name\n{}\"{}", "Acme\n".repeat(600), "x".repeat(20 << 20)).as_bytes()).await;
    let failed = mei.wait_for_import(&id).await;
    assert_eq!([&failed["status"], &failed["rowCount"]], [&json!("FAILED"), &json!(0)], "{failed}");
    assert_eq!(
        failed["stoppedEn"],
        "In row 602 a quotation mark is opened and never closed, so the rows after it can't be told apart. Remove it, or double it if it belongs to the text."
    );
    for mutation in ["runImport", "undoImport"] {
        assert_eq!(mei.outcome(mutation, json!({"importId": id})).await, "CONFLICT");
    }
    assert_eq!(world.sql::<i64>("select count(*) from import_row").await, 2, "half of a file is of no use");
}

#[tokio::test]
async fn an_import_fails_if_its_server_dies_while_it_reads_the_file() {
    let world = World::new().await;
    let mei = world.person("Mei", "marketing", None).await;
    let id = mei.import(b"Name\nAcme\n").await;
    sqlx::query("update import set status = 'READING', reading_at = $1")
        .bind(world.clock.now())
        .execute(&world.db)
        .await
        .unwrap();
    let status = async || -> Json {
        tidepool::crm::import::run::work(&world.app).await;
        mei.import_of(&id).await
    };
    world.advance(TimeDelta::seconds(50));
    assert_eq!(status().await["status"], "READING", "its server may be busy");
    for mutation in ["runImport", "undoImport"] {
        assert_eq!(mei.outcome(mutation, json!({"importId": id})).await, "CONFLICT");
    }
    world.advance(TimeDelta::seconds(20));
    let failed = status().await;
    assert_eq!([&failed["status"], &failed["rowCount"]], [&json!("FAILED"), &json!(0)]);
    assert_eq!(failed["stoppedEn"], "The server that read the file has stopped. Import the file again.");
    assert_eq!(world.sql::<i64>("select count(*) from import_row").await, 0);
}

#[tokio::test]
async fn a_batch_that_takes_too_long_is_done_in_parts() {
    let world = World::new().await;
    let mei = world.person("Mei", "marketing", None).await;
    // The database says of every statement on more than a hundred rows that it takes too long.
    sqlx::raw_sql(
        "create function takes_too_long() returns trigger language plpgsql as $$
         begin
             if (select count(*) from many) > 100 then raise exception 'too long' using errcode = '57014'; end if;
             return null;
         end $$;
         create trigger too_long_to_insert after insert on import_row referencing new table as many
             for each statement execute function takes_too_long();
         create trigger too_long_to_update after update on import_row referencing new table as many
             for each statement execute function takes_too_long();",
    )
    .execute(&world.db)
    .await
    .unwrap();
    let rows: String = (0..700).map(|row| format!("Firm {row:x}{row:x},{row}\n")).collect();
    let payload = mei
        .upload(
            "x.csv",
            format!("Name,Employees\n{rows}").as_bytes(),
            json!({"source": "WEBSITE", "notDuplicate": true}),
        )
        .await;
    let id = payload["import"]["id"].as_str().unwrap_or_else(|| panic!("{payload}"));
    let done = mei.run_import(id).await;
    assert_eq!(
        (&done["status"], &done["creates"], &done["errors"]),
        (&json!("DONE"), &json!(700), &json!(0)),
        "{done}"
    );
    mei.undo_import(id).await;
    assert_eq!(world.sql::<i64>("select count(*) from customer where archived_at is null").await, 0);
}
