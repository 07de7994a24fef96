//! Migrations are frozen by a release, and a database of each release is brought up to date.
//!
//! `tests/migrations/` has two files for each release, which `make freeze VERSION=0.2.0` writes just before the release is
//! tagged (and again, if a migration is added or changed before the tag):
//!
//! - `0.2.0.sql`: a small database of that version, schema and data
//! - `0.2.0.sha256`: the SHA-256 of each migration
//!
//! Nothing here names a release, so nothing here has to be changed for the next one. What needs a change of the schema after
//! a release is a migration of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tidepool::kernel::clock::Clock;
use tidepool::kernel::config::Limits;

use crate::support::dump::{empty_database, run, schema};
use crate::support::{World, fresh_database, migrate, until};

/// The migrations that replaced those of 0.1, which was never released.
const WRITTEN_ANEW: usize = 10;

/// What they make otherwise than those of 0.1 did: the object as `pg_dump` names it, its definition, and why.
const DIFFERENCES: [(&str, &str, &str); 6] = [
    (
        "CONSTRAINT customer_operation_log customer_operation_log_pkey",
        "ALTER TABLE ONLY public.customer_operation_log ADD CONSTRAINT customer_operation_log_pkey PRIMARY KEY (id, at);",
        "the operation log can be partitioned by month",
    ),
    (
        "CONSTRAINT followup followup_pkey",
        "ALTER TABLE ONLY public.followup ADD CONSTRAINT followup_pkey PRIMARY KEY (id, at);",
        "follow-ups can be partitioned by month",
    ),
    (
        "CONSTRAINT order_history order_history_pkey",
        "ALTER TABLE ONLY public.order_history ADD CONSTRAINT order_history_pkey PRIMARY KEY (id, at);",
        "the history of orders can be partitioned by month",
    ),
    (
        "CONSTRAINT notification notification_pkey",
        "ALTER TABLE ONLY public.notification ADD CONSTRAINT notification_pkey PRIMARY KEY (id, at);",
        "notifications can be partitioned by month",
    ),
    (
        "FK CONSTRAINT webhook_delivery webhook_delivery_notification",
        "ALTER TABLE ONLY public.webhook_delivery ADD CONSTRAINT webhook_delivery_notification \
         FOREIGN KEY (notification_id, at) REFERENCES public.notification(id, at);",
        "it refers to the key of a notification",
    ),
    (
        "CONSTRAINT contact_reveal contact_reveal_pkey",
        "ALTER TABLE ONLY public.contact_reveal ADD CONSTRAINT contact_reveal_pkey PRIMARY KEY (id, at);",
        "looks at unmasked contacts can be partitioned by month",
    ),
];

/// The tables that can be partitioned, by which column.
const PARTITIONED_BY: [(&str, &str); 7] = [
    ("customer_operation_log", "at"),
    ("followup", "at"),
    ("order_history", "at"),
    ("notification", "at"),
    ("contact_reveal", "at"),
    ("edit", "at"),
    ("event", "position"),
];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The files of a folder with this ending, by name.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|found| found == ending)).collect();
    files.sort();
    files
}

#[tokio::test]
async fn the_schema_is_that_of_0_1_but_for_keys() {
    let (old, new) = (empty_database().await, empty_database().await);
    run(&old, &fs::read_to_string(folder("tests/migrations/0.1.sql")).unwrap()).await;
    for migration in &files(&folder("migrations"), "sql")[..WRITTEN_ANEW] {
        run(&new, &fs::read_to_string(migration).unwrap()).await;
    }
    // Both are dumped now, so it does not matter which version of PostgreSQL wrote the old one.
    let (old, new) = (schema(&old).await, schema(&new).await);
    assert!(old.len() > 300, "a dump of {} objects", old.len());
    let all = old.keys().chain(new.keys());
    let found: BTreeMap<_, _> = all
        .filter(|object| old.get(*object) != new.get(*object))
        .map(|object| (object.as_str(), new.get(object).map(String::as_str)))
        .collect();
    let listed = DIFFERENCES.iter().map(|(object, definition, _why)| (*object, Some(*definition))).collect();
    assert_eq!(found, listed);
}

#[test]
fn a_released_migration_never_changes() {
    let releases = files(&folder("tests/migrations"), "sha256");
    assert!(!releases.is_empty());
    for release in releases {
        for line in fs::read_to_string(&release).unwrap().lines() {
            let (hash, name) = line.split_once("  ").unwrap();
            let migration = fs::read(folder("migrations").join(name)).unwrap_or_default();
            let is: String = Sha256::digest(migration).iter().map(|byte| format!("{byte:02x}")).collect();
            let release = release.file_stem().unwrap().display();
            assert_eq!(
                is, hash,
                "{name} is not what it was in {release}: databases of that version could not be brought up to date any more. \
                 Write a new migration instead; only if {release} is not tagged yet, run `make freeze VERSION={release}` again"
            );
        }
    }
}

#[tokio::test]
async fn a_database_of_each_release_is_brought_up_to_date() {
    let fresh = fresh_database().await;
    let (current, policy) = (schema(&fresh).await, permissions(&fresh).await);
    let dumps = files(&folder("tests/migrations"), "sql");
    let released: Vec<_> = dumps.iter().filter(|dump| !dump.ends_with("0.1.sql")).collect();
    assert!(!released.is_empty());
    for dump in released {
        let database = empty_database().await;
        run(&database, &fs::read_to_string(dump).unwrap()).await;
        let written = texts(&database, "lost_reason").await;
        assert!(written.iter().any(|text| text.contains("LOST")) && written.iter().any(|text| text.contains("VOID")));
        migrate(&database).await;
        assert_eq!(texts(&database, "lost_remark").await, written, "what people wrote about losses stays");
        // By object: a whole schema that differs says nothing.
        let migrated = schema(&database).await;
        let all = migrated.keys().chain(current.keys());
        let differs: Vec<_> = all.filter(|object| migrated.get(*object) != current.get(*object)).collect();
        assert!(differs.is_empty(), "{}: {differs:?}", dump.display());
        // casbin/policy.csv is for new installations alone: those that exist get a new permission by a migration.
        let permitted = permissions(&database).await;
        let missing: Vec<_> = policy.difference(&permitted).collect();
        assert!(missing.is_empty(), "no migration brings these to {}: {missing:?}", dump.display());
        is_usable(database).await;
    }
}

/// The texts that say why opportunities and their versions were lost or void.
async fn texts(database: &PgConnectOptions, column: &str) -> Vec<String> {
    let mut connection = database.connect().await.unwrap();
    let texts = format!(
        "select concat_ws(' ', id, updated_at, stage_kind, {column}) as t from sales_opportunity where {column} is not null
         union all
         select concat_ws(' ', opportunity_id, valid_from, stage_kind, {column}) from opportunity_history where {column} is not null
         order by t"
    );
    let texts = sqlx::query_scalar(sqlx::AssertSqlSafe(texts)).fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    texts
}

async fn permissions(database: &PgConnectOptions) -> BTreeSet<String> {
    let mut connection = database.connect().await.unwrap();
    let permissions = "select concat_ws(', ', role, resource, action, scope) from permission";
    let permissions: Vec<String> = sqlx::query_scalar(permissions).fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    permissions.into_iter().collect()
}

/// What is in the demo data can be read and written by the API.
async fn is_usable(database: PgConnectOptions) {
    let mut connection = database.connect().await.unwrap();
    let last = "select max(at) from (select max(at) as at from customer_operation_log union all
                                     select max(updated_at) from customer) a";
    let now = sqlx::query_scalar(last).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let world = World::on(database, Clock::manual(now), Limits::default()).await;
    let admin = world.existing_user("admin@tidepool.example").await;
    let read = admin
        .ask(
            "{ customers(first: 100) { totalCount edges { node { name owner { name }
                   contacts(first: 3) { edges { node { name phones } } }
                   operations(first: 3) { edges { node { type at } } }
                   opportunities(first: 3) { edges { node { stage { nameEn } history { validFrom } } } }
                   followUps(first: 3) { edges { node { content } } }
                   orders(first: 3) { edges { node { orderNo steps { action } } } }
                   timeline(first: 3) { edges { node { at kind } } } } } }
               followUps { totalCount } orders { totalCount } }",
        )
        .await;
    for (field, rows) in [
        ("customers", "customer where archived_at is null"),
        ("followUps", "followup f join customer c on c.id = f.customer_id where c.archived_at is null"),
        ("orders", "sales_order"),
    ] {
        let rows = world.sql::<i64>(&format!("select count(*) from {rows}")).await;
        assert!(rows > 0 && read[field]["totalCount"] == rows, "{rows} {field}: {}", read[field]["totalCount"]);
    }
    for (part, least) in [("operations", 30), ("contacts", 20), ("opportunities", 10), ("followUps", 20), ("orders", 5)]
    {
        let edges = read["customers"]["edges"].as_array().unwrap().iter();
        let found: usize = edges.map(|edge| edge["node"][part]["edges"].as_array().unwrap().len()).sum();
        assert!(found >= least, "{found} {part}");
    }
    let sales = world.existing_user("sales@tidepool.example").await;
    let customer = json!(sales.create("潮汐测试科技有限公司").await);
    let note = json!({"customerId": customer, "channel": "PHONE", "content": "Asked for a quote"});
    assert_eq!(sales.outcome("recordFollowUp", note).await, "");
    world.assert_sound().await;
}

#[tokio::test]
async fn what_grows_without_end_can_be_partitioned() {
    let database = fresh_database().await;
    let mut connection = database.connect().await.unwrap();
    for (table, column) in PARTITIONED_BY {
        // PostgreSQL refuses it when a unique index lacks the column.
        let statement =
            format!("create table partitioned_{table} (like {table} including all) partition by range ({column})");
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    }
    let (tables, columns): (Vec<_>, Vec<_>) = PARTITIONED_BY.into_iter().unzip();
    let without_column: Vec<String> = sqlx::query_scalar(
        "select f.conname::text from unnest($1::text[], $2::text[]) p (name, part)
         join pg_constraint f on f.contype = 'f' and f.confrelid = p.name::regclass
         where not exists (select from pg_attribute a
                           where a.attrelid = f.confrelid and a.attname = p.part and a.attnum = any(f.confkey))",
    )
    .bind(tables)
    .bind(columns)
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert!(without_column.is_empty(), "{without_column:?} refer to a row without the column of its partition");
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_new_installation_limits_claims_and_one_that_exists_keeps_its_settings() {
    let limits = async |database: &PgConnectOptions| -> [Option<i32>; 3] {
        migrate(database).await;
        let mut connection = database.connect().await.unwrap();
        let limits = "select max_claims_per_day, max_owned_customers, max_reveals_per_day from setting";
        let (claims, owned, reveals) = sqlx::query_as(limits).fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        [claims, owned, reveals]
    };
    let (fresh, existing) = (empty_database().await, empty_database().await);
    run(&existing, &fs::read_to_string(folder("tests/migrations").join("0.2.0.sql")).unwrap()).await;
    assert_eq!(limits(&fresh).await, [Some(50), Some(500), Some(100)]);
    assert_eq!(limits(&existing).await, [None, None, Some(50)]);
}

#[tokio::test]
async fn the_webhook_that_there_was_is_the_first_one_and_gets_what_waited() {
    let database = empty_database().await;
    run(&database, &fs::read_to_string(folder("tests/migrations").join("0.2.0.sql")).unwrap()).await;
    let webhook = "insert into webhook (url, secret, last_error_at, last_error)
                       values ('https://127.0.0.1/hook', decode(repeat('07', 32), 'hex'), now(), '500');
                   insert into notification (id, user_id, kind, about_user_id, at)
                       select gen_random_uuid(), u.id, 'LONG_ABSENCE', u.id, '2026-03-01 00:00+00'::timestamptz + n * interval '1 minute'
                       from (select id from app_user order by id limit 1) u cross join generate_series(1, 3) n;
                   update webhook_delivery set due_at = null, delivered_at = now() where at = '2026-03-01 00:03+00'";
    run(&database, webhook).await;
    migrate(&database).await;
    let world = World::on(database, Clock::database(), Limits::default()).await;
    let waits = "select count(*) from event where topic = 'WEBHOOK'";
    until(async || world.sql::<i64>(waits).await == 2).await;
    let admin = world.existing_user("admin@tidepool.example").await;
    let found = admin.ask("{ webhooks { url format events hasSecret waiting lastError } }").await["webhooks"].clone();
    let wanted = json!([{"url": "https://127.0.0.1/hook", "format": "STANDARD", "events": ["NOTIFICATION"], "hasSecret": true, "waiting": 2}]);
    let mut known = found.clone();
    known[0].as_object_mut().unwrap().remove("lastError");
    assert_eq!(known, wanted, "{found}");
    let told = "select string_agg(after #>> '{data,id}', ' ' order by position) from event where topic = 'WEBHOOK'";
    let first = "select string_agg('notification_' || id, ' ' order by at, id) from (select id, at from notification where kind = 'LONG_ABSENCE' order by at limit 2) n";
    assert_eq!(world.sql::<String>(told).await, world.sql::<String>(first).await);
}
