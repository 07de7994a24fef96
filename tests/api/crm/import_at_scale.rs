//! Large imports: few statements, two servers at once, and a killed server. Each row runs once.

use std::time::{Duration, Instant};

use serde_json::json;
use tidepool::kernel::clock::Clock;
use tidepool::kernel::config::Limits;

use crate::support::program::{Folder, ServerProcess, database_url};
use crate::support::{Statements, World, fresh_database};

/// Companies with one contact each; every tenth company occurs twice.
fn table(rows: usize) -> Vec<u8> {
    let mut table = String::from("客户名称,来源,行业,联系人,电话,邮箱\n");
    for row in 0..rows {
        let company = if row % 10 == 9 { row - 1 } else { row };
        table.push_str(&format!("公司 {company} 号,官网,软件,人 {row},138{row:08},p{row}@example.com\n"));
    }
    table.into_bytes()
}

#[tokio::test]
async fn twenty_thousand_rows_take_a_bounded_number_of_statements() {
    let world = World::new().await;
    let mei = world.person("Mei", "marketing", None).await;
    let file = table(20_000);
    // Statements that read the progress are not counted.
    let counted = |sent: Vec<String>| {
        let reads_progress = |text: &String| text.starts_with("select ('{") || text.contains("session");
        sent.into_iter().filter(|text| !reads_progress(text)).collect::<Vec<_>>()
    };
    let reading = Statements::listen();
    let id = mei.import(&file).await;
    let sent = counted(reading.sent());
    drop(reading);
    assert!(sent.len() <= 40 * 8 + 20, "{} statements to read: {:#?}", sent.len(), &sent[sent.len() - 20..]);
    let running = Statements::listen();
    let done = mei.run_import(&id).await;
    let sent = counted(running.sent());
    drop(running);
    assert_eq!(
        (&done["creates"], &done["updates"], &done["errors"]),
        (&json!(18_000), &json!(2_000), &json!(0)),
        "{done}"
    );
    assert!(sent.len() <= 41 * 16 + 20, "{} statements to run: {:#?}", sent.len(), &sent[sent.len() - 40..]);
    assert_eq!(world.sql::<i64>("select count(*) from customer").await, 18_000);
    assert_eq!(world.sql::<i64>("select count(*) from contact").await, 20_000);
    assert_eq!(world.sql::<i64>("select count(*) from customer_operation_log where cause = 'IMPORT'").await, 18_000);
    world.assert_sound().await;
}

#[tokio::test]
async fn concurrent_imports_of_one_file_on_two_servers_enter_each_company_once() {
    let world = World::new().await;
    let other = world.second_server().await;
    let (mei, mo) =
        (world.person("Mei", "marketing", None).await, world.person("Mo", "marketing", None).await.at(&other));
    other.app.follow().await.unwrap();
    let file = table(2_000);
    let (one, two) = tokio::join!(mei.import(&file), mo.import(&file));
    let (one, two) = tokio::join!(mei.run_import(&one), mo.run_import(&two));
    let sum = |key: &str| one[key].as_i64().unwrap() + two[key].as_i64().unwrap();
    assert_eq!((&one["status"], &two["status"]), (&json!("DONE"), &json!("DONE")));
    assert_eq!((sum("creates"), sum("errors"), sum("rowsDone")), (1_800, 0, 4_000), "{one} {two}");
    assert_eq!(world.sql::<i64>("select count(*) from customer").await, 1_800);
    assert_eq!(world.sql::<i64>("select count(*) from customer_operation_log").await, 1_800);
    let twice: i64 =
        world.sql("select count(*) from (select from contact group by customer_id, name having count(*) > 1) t").await;
    assert_eq!(twice, 0);
    world.assert_sound().await;
}

#[tokio::test]
async fn after_a_server_is_killed_another_continues_the_import_and_every_row_runs_once() {
    let world = World::on(fresh_database().await, Clock::database(), Limits::default()).await;
    let mei = world.person("Mei", "marketing", None).await;
    let id = mei.import(&table(6_000)).await;
    // From here on another server runs the import.
    world.app.close().await;
    let data = Folder::new("import");
    let start = || ServerProcess::start_with(&data.0, &["--database-url", &database_url(&world.database)]);
    let mut server = start();
    // This lock holds back the last row, so the servers are always killed in the middle of the import.
    let mut last_row = world.db.begin().await.unwrap();
    sqlx::query("select from import_row order by number desc limit 1 for update")
        .execute(&mut *last_row)
        .await
        .unwrap();
    let run = format!("mutation {{ runImport(input: {{importId: \"{id}\"}}) {{ userErrors {{ code }} }} }}");
    assert_eq!(server.ask(&mei.token, &run)["data"]["runImport"]["userErrors"], json!([]));
    let began = Instant::now();
    for rows in [0, 1_500, 3_000] {
        while world.sql::<i32>("select rows_done from import").await <= rows {
            assert!(began.elapsed() < Duration::from_secs(200), "more than {rows} rows are done");
        }
        server.stop("-KILL");
        server = start();
    }
    last_row.rollback().await.unwrap();
    let progress_query = format!("{{ import(id: \"{id}\") {{ status rowsDone creates updates errors }} }}");
    let done = loop {
        assert!(began.elapsed() < Duration::from_secs(200));
        let import = server.ask(&mei.token, &progress_query)["data"]["import"].clone();
        if import["status"] == "DONE" {
            break import;
        }
    };
    let expected = json!({"status": "DONE", "rowsDone": 6_000, "creates": 5_400, "updates": 600, "errors": 0});
    assert_eq!(done, expected);
    let count = async |table: &str| world.sql::<i64>(&format!("select count(*) from {table}")).await;
    assert_eq!([count("customer").await, count("contact").await], [5_400, 6_000]);
    world.assert_sound().await;
}

#[test]
fn a_file_is_imported_from_the_command_line_with_the_rights_of_a_user() {
    let data = Folder::new("import-command");
    let server = ServerProcess::start(&data.0);
    let file = data.0.join("customers.csv");
    std::fs::write(&file, table(20)).unwrap();
    let program = |user: &str, more: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tidepool"));
        command.env_remove("DATABASE_URL").arg("import").arg(&file).args([
            "--user",
            user,
            "--log",
            "warn",
            "--data-dir",
        ]);
        let output = command.arg(&data.0).args(more).output().unwrap();
        (
            output.status.success(),
            [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat(),
        )
    };
    let (done, said) = program("marketing@tidepool.example", &["--dry-run"]);
    assert!(done && said.contains("18 CREATE, 2 UPDATE") && said.contains("Nothing was created"), "{said}");
    assert!(said.contains("\n2 CREATE\n") && said.contains("\n11 UPDATE\n"), "each row is told: {said}");
    let (done, said) = program("marketing@tidepool.example", &["--run"]);
    assert!(done && said.contains("Done: 18 CREATE, 2 UPDATE"), "{said}");
    let (done, said) = program("marketing@tidepool.example", &["--run"]);
    assert!(done && said.contains("Done: 20 DUPLICATE"), "{said}");
    for (user, why) in
        [("sales@tidepool.example", "not permitted: import, write"), ("nobody@example.com", "there is no active user")]
    {
        let (done, said) = program(user, &[]);
        assert!(!done && said.contains(why), "{said}");
    }
    std::fs::write(&file, "a,b\n1,2\n").unwrap();
    let (done, said) = program("marketing@tidepool.example", &[]);
    assert!(!done && said.contains("No column holds the company's name"), "{said}");
    // The command maps columns, and writes the failed rows to a file.
    std::fs::write(&file, "a,b,c\n1,Li,2\n").unwrap();
    let (mapped, failed) = (
        ["--column", "a=NAME", "--column", "b=CONTACT_NAME", "--column", "c=CONTACT_PHONE"],
        data.0.join("failed.csv"),
    );
    let (done, said) =
        program("marketing@tidepool.example", &[&mapped[..], &["--failed", failed.to_str().unwrap()]].concat());
    assert!(done && said.contains("\n2 ERROR | c: This is not a phone number"), "{said}");
    let failed = std::fs::read_to_string(failed).unwrap();
    assert!(failed.starts_with("\u{feff}a,b,c,Problem\r\n1,Li,2,c: This is not a phone number"), "{failed}");
    for (column, why) in [
        ("a", "must be HEADER=FIELD"),
        ("a=NOTHING", "\"NOTHING\" is not a value of `ImportField`"),
        ("a=CONTACT_NAME:b", "\"b\" is not the number of a contact"),
    ] {
        let (done, said) = program("marketing@tidepool.example", &["--column", column]);
        assert!(!done && said.contains(why), "{said}");
    }
    let token = server.sign_in("marketing@tidepool.example");
    let imports = server.ask(&token, "{ imports { totalCount } }");
    assert_eq!(imports["data"]["imports"]["totalCount"], 5, "that of the demo data among them: {imports}");
}
