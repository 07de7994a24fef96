//! Backups by the command line: made while a server runs, checked, restored into an empty database, and refused where they would
//! destroy something.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use serde_json::json;
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;
use tidepool::kernel::clock::Clock;
use tidepool::kernel::config::Limits;
use tidepool::kernel::embedded::SERVER_ROLE;

use crate::support::dump::{empty_database, run};
use crate::support::program::{Folder, ServerProcess, database_url};
use crate::support::{World, monday};

/// Runs the program on a database: as its owner, and with the role of the servers.
fn tidepool(database: &PgConnectOptions, arguments: &[&str]) -> Output {
    let as_role = |role: &str| database_url(database).replace("user=tidepool", &format!("user={role}"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidepool"));
    command.env("DATABASE_URL", as_role(SERVER_ROLE)).env("MIGRATE_DATABASE_URL", as_role(database.get_username()));
    command.args(arguments).args(["--log", "warn"]).output().unwrap()
}

fn printed(output: &Output) -> String {
    String::from_utf8([output.stdout.as_slice(), output.stderr.as_slice()].concat()).unwrap()
}

fn files(folder: &Folder) -> Vec<String> {
    let entries = std::fs::read_dir(&folder.0).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

async fn back_up(world: &World, folder: &Folder) -> String {
    let path = folder.0.display().to_string();
    let made = tidepool(&world.database, &["backup", "--folder", &path, "--keep", "1"]);
    assert!(made.status.success(), "{}", printed(&made));
    let [name] = files(folder).try_into().unwrap();
    folder.0.join(name).display().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_checked_and_restored_with_its_rights_and_is_held() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = ann.create("Acme").await;
    // A role for analysis that is not there where the backup is restored: the check starts a PostgreSQL of its own.
    let made = tidepool(&world.database, &["bi-user", "back up's \"reader\""]);
    assert!(made.status.success(), "{}", printed(&made));
    let folder = Folder::new("backups");
    let older = folder.0.join("tidepool-20200101T000000Z.dump");
    std::fs::write(&older, "").unwrap();
    ann.create("Blue Wave").await;
    let file = back_up(&world, &folder).await;
    assert!(!older.exists(), "only the newest is kept");
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "nobody else can read it");

    let checked = Command::new(env!("CARGO_BIN_EXE_tidepool")).args(["verify-backup", &file, "--log", "warn"]).output();
    let checked = printed(&checked.unwrap());
    assert!(checked.contains("The backup can be restored") && checked.contains("2 customers, 0 orders"), "{checked}");

    let into = empty_database().await;
    let restored = tidepool(&into, &["restore", &file]);
    assert!(restored.status.success() && printed(&restored).contains("tidepool adopt"), "{}", printed(&restored));
    let there = World::on(into.clone(), Clock::manual(monday()), Limits::default()).await;
    assert!(there.app.is_held());
    let name = ann.at(&there).data("query($id: ID!) { customer(id: $id) { name } }", json!({"id": acme})).await;
    assert_eq!(name["customer"]["name"], "Acme");
    // Also the rights: the role of the servers changes rows and not the log, and nobody may call what only the owner may.
    let rights: Vec<bool> = there
        .sql(
            "select array[has_table_privilege('tidepool_server', 'customer', 'update'),
                          has_table_privilege('tidepool_server', 'customer_operation_log', 'delete'),
                          has_function_privilege('tidepool_server', 'make_bi_user(name, text)', 'execute'),
                          has_table_privilege('back up''s \"reader\"', 'bi.dim_date', 'select')]",
        )
        .await;
    assert_eq!(rights, [true, false, false, true]);
    there.assert_sound().await;

    let again = tidepool(&into, &["restore", &file]);
    assert!(!again.status.success() && printed(&again).contains("the database is not empty"), "{}", printed(&again));
}

#[tokio::test]
async fn what_is_no_backup_changes_nothing() {
    let folder = Folder::new("no-backup");
    let file = folder.0.join("tidepool-20260302T010203Z.dump");
    std::fs::write(&file, "something else").unwrap();
    let (file, into) = (file.display().to_string(), empty_database().await);
    for arguments in [["restore", &file], ["restore", "/nowhere"], ["verify-backup", &file]] {
        let refused = tidepool(&into, &arguments);
        assert!(!refused.status.success(), "{arguments:?}");
        let why = printed(&refused);
        assert!(why.contains("pg_restore failed: ") || why.contains("/nowhere: No such file"), "{why}");
    }
    assert!(!has_tables(&into).await);
}

#[tokio::test]
async fn an_owner_who_may_not_create_roles_reads_which_are_missing() {
    let world = World::new().await;
    run(&world.database, "create role gone; grant select on customer to gone").await;
    let folder = Folder::new("roles");
    let file = back_up(&world, &folder).await;
    run(&world.database, "drop owned by gone; drop role gone; create role small login").await;
    let into = empty_database().await;
    run(&into, &format!("alter database {} owner to small", into.get_database().unwrap())).await;
    let restored = tidepool(&into.clone().username("small"), &["restore", &file]);
    assert!(printed(&restored).contains("small may not create them: gone"), "{}", printed(&restored));
    assert!(!has_tables(&into).await);
}

async fn has_tables(database: &PgConnectOptions) -> bool {
    let mut db = database.connect().await.unwrap();
    let tables = sqlx::query_scalar("select exists (select from pg_tables where schemaname = 'public')");
    tables.fetch_one(&mut db).await.unwrap()
}

#[test]
fn the_private_postgresql_is_backed_up_and_restored_into_a_new_data_folder() {
    let (data, copy, folder) = (Folder::new("private"), Folder::new("private-copy"), Folder::new("private-backups"));
    let server = ServerProcess::start(&data.0);
    let program = |data: &Folder, arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidepool"));
        command.env_remove("DATABASE_URL").args(arguments).args(["--log", "warn", "--data-dir"]).arg(&data.0);
        printed(&command.output().unwrap())
    };
    let path = folder.0.display().to_string();
    let made = program(&data, &["backup", "--folder", &path]);
    assert!(made.contains("0 older ones were removed"), "{made}");
    let found = program(&data, &["doctor", "--json"]);
    assert!(found.contains("made the last one"), "{found}");
    drop(server);
    let [name] = files(&folder).try_into().unwrap();
    program(&copy, &["restore", &folder.0.join(name).display().to_string()]);
    program(&copy, &["adopt", "--same-installation"]);
    let server = ServerProcess::start(&copy.0);
    assert!(!server.output.contains("Creating"), "{}", server.output);
    let token = server.sign_in("sales@tidepool.example");
    let count = server.ask(&token, "{ publicPool { totalCount } }")["data"]["publicPool"]["totalCount"].as_i64();
    assert!(count > Some(500), "{count:?}");
}
