//! Imports of many rows: in few statements, by two at once, through the death of a server. Each row is done once.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use crate::support::files::multipart;
use crate::support::program::{Folder, Running};
use crate::support::{Statements, World};

/// Companies with a contact each, and every tenth twice.
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
    let reading = Statements::listen();
    let id = mei.import(&file).await;
    let heard = reading.heard();
    drop(reading);
    assert!(heard.len() <= 40 * 7 + 20, "{} statements to read: {:#?}", heard.len(), &heard[heard.len() - 20..]);
    let running = Statements::listen();
    let done = mei.run_import(&id).await;
    let heard = running.heard();
    drop(running);
    assert_eq!(
        (&done["creates"], &done["updates"], &done["errors"]),
        (&json!(18_000), &json!(2_000), &json!(0)),
        "{done}"
    );
    // Those that look how far it is are not counted.
    let heard: Vec<_> =
        heard.iter().filter(|text| !text.starts_with("select ('{") && !text.contains("session")).collect();
    assert!(heard.len() <= 41 * 16 + 20, "{} statements to run: {:#?}", heard.len(), &heard[heard.len() - 40..]);
    assert_eq!(world.sql::<i64>("select count(*) from customer").await, 18_000);
    assert_eq!(world.sql::<i64>("select count(*) from contact").await, 20_000);
    assert_eq!(world.sql::<i64>("select count(*) from customer_operation_log where cause = 'IMPORT'").await, 18_000);
    world.assert_sound().await;
}

#[tokio::test]
async fn the_same_file_twice_at_once_on_two_servers_enters_each_company_once() {
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

fn upload(server: &Running, token: &str, file: &[u8]) -> Json {
    let query = "mutation($input: ImportCustomersInput!) { importCustomers(input: $input) { import { id } userErrors { message } } }";
    let body = multipart(query, &json!({}), "customers.csv", file);
    let mut stream = TcpStream::connect(server.address).unwrap();
    let head = format!(
        "POST /graphql HTTP/1.0\r\ncontent-type: multipart/form-data; boundary=a-boundary\r\nauthorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&body).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[test]
fn a_server_that_is_killed_in_the_middle_is_followed_by_another_and_every_row_is_done_once() {
    let data = Folder::new("import");
    let mut server = Running::start(&data.0);
    let token = server.sign_in("marketing@tidepool.example");
    let answer = upload(&server, &token, &table(6_000));
    let id =
        answer["data"]["importCustomers"]["import"]["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
    let customers = "{ customers(filter: {name: {in: [\"公司 0 号\", \"公司 5998 号\"]}}) { totalCount } }";
    let look = format!("{{ import(id: \"{id}\") {{ status rowsDone creates updates errors }} }}");
    let run = format!("mutation {{ runImport(input: {{importId: \"{id}\"}}) {{ userErrors {{ code }} }} }}");
    let began = Instant::now();
    while server.ask(&token, &look)["data"]["import"]["status"] == "READING" {
        assert!(began.elapsed() < Duration::from_secs(200));
    }
    assert_eq!(server.ask(&token, &run)["data"]["runImport"]["userErrors"], json!([]));
    let mut kills = 0;
    let done = loop {
        assert!(began.elapsed() < Duration::from_secs(200));
        let import = server.ask(&token, &look)["data"]["import"].clone();
        let rows = import["rowsDone"].as_i64().unwrap_or_else(|| panic!("{import}"));
        match import["status"].as_str() {
            Some("DONE") => break import,
            _ if rows > 1_500 * kills && kills < 3 => {
                assert!(rows < 6_000, "it is killed in the middle: {import}");
                kills += 1;
                server.stop("-KILL");
                server = Running::start_with(&data.0, &["--demo-anywhere"]);
            }
            _ => {}
        }
    };
    assert!(kills > 0, "it was killed in the middle");
    assert_eq!(
        (&done["rowsDone"], &done["creates"], &done["updates"], &done["errors"]),
        (&json!(6_000), &json!(5_400), &json!(600), &json!(0)),
        "{done}"
    );
    assert_eq!(server.ask(&token, customers)["data"]["customers"]["totalCount"], 2);
    let all =
        server.ask(&token, "{ publicPool(filter: {source: {eq: \"WEBSITE\"}}, search: \"公司\") { totalCount } }");
    assert!(all["data"]["publicPool"]["totalCount"].as_i64().unwrap() >= 5_400, "{all}");
}

#[test]
fn a_file_is_imported_from_the_command_line_with_the_rights_of_a_user() {
    let data = Folder::new("import-command");
    let server = Running::start(&data.0);
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
    assert!(done && said.contains("18 CREATE, 2 UPDATE") && said.contains("Nothing is entered yet"), "{said}");
    assert!(said.contains("\n2 CREATE\n") && said.contains("\n11 UPDATE\n"), "each row is told: {said}");
    let (done, said) = program("marketing@tidepool.example", &["--run"]);
    assert!(done && said.contains("Done: 18 CREATE, 2 UPDATE"), "{said}");
    let (done, said) = program("marketing@tidepool.example", &["--run"]);
    assert!(done && said.contains("Done: 20 DUPLICATE"), "{said}");
    for (user, why) in
        [("sales@tidepool.example", "not permitted: import, write"), ("nobody@example.com", "nobody signs in")]
    {
        let (done, said) = program(user, &[]);
        assert!(!done && said.contains(why), "{said}");
    }
    std::fs::write(&file, "a,b\n1,2\n").unwrap();
    let (done, said) = program("marketing@tidepool.example", &[]);
    assert!(!done && said.contains("No column is the company's name"), "{said}");
    // Columns are what one says, and what is wrong is written to a file.
    std::fs::write(&file, "a,b,c\n1,Li,2\n").unwrap();
    let (mapped, failed) = (
        ["--column", "a=NAME", "--column", "b=CONTACT_NAME", "--column", "c=CONTACT_PHONE"],
        data.0.join("failed.csv"),
    );
    let (done, said) =
        program("marketing@tidepool.example", &[&mapped[..], &["--failed", failed.to_str().unwrap()]].concat());
    assert!(done && said.contains("\n2 ERROR | c: is not a phone number"), "{said}");
    let failed = std::fs::read_to_string(failed).unwrap();
    assert!(failed.starts_with("\u{feff}a,b,c,Problem\r\n1,Li,2,c: is not a phone number"), "{failed}");
    for (column, why) in [("a", "must be HEADER=FIELD"), ("a=NOTHING", "\"NOTHING\" is no ImportField")] {
        let (done, said) = program("marketing@tidepool.example", &["--column", column]);
        assert!(!done && said.contains(why), "{said}");
    }
    let token = server.sign_in("marketing@tidepool.example");
    let imports = server.ask(&token, "{ imports { totalCount } }");
    assert_eq!(imports["data"]["imports"]["totalCount"], 5, "that of the demo data among them: {imports}");
}
