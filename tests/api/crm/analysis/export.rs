//! The ways out: files, SQL and GraphQL agree, and each shows only what it may.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, StatusCode};
use chrono::DateTime;
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::record::Field;
use serde_json::{Value as Json, json};
use sqlx::{ConnectOptions, Connection};
use tidepool::crm::analysis;
use tidepool::kernel::config::Limits;

use super::history::Company;
use crate::support::{Person, World};

impl Person {
    /// A downloaded file, or the code of the refusal.
    async fn bi_file(&self, path: &str) -> (StatusCode, Json) {
        self.send(self.file_request(path)).await
    }

    fn file_request(&self, path: &str) -> Request<Body> {
        let request = Request::get(path).header("authorization", format!("Bearer {}", self.token));
        request.body(Body::empty()).unwrap()
    }

    async fn file(&self, path: &str) -> String {
        let (status, text) = self.bi_file(path).await;
        assert_eq!(status, StatusCode::OK, "{text}");
        // A file of one line is JSON itself.
        text.as_str().map_or_else(|| text.to_string(), str::to_owned)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_sql_graphql_and_loops_agree() {
    let mut company = Company::found(21).await;
    for step in 0..200 {
        company.act().await;
        if step % 3 == 0 {
            company.pass().await;
        }
    }
    analysis::keep(&company.world.app).await.unwrap();
    let (world, admin) = (&company.world, &company.admin);
    analysis::export::make_reader(&world.database, "reader", "a-password").await.unwrap();

    // Each by month and user: won and lost.
    type Ends = BTreeMap<(String, String), (i64, i64)>;
    let mut by_file = Ends::new();
    let mut lines = 0;
    for line in admin.file("/bi/fact_posting.jsonl?from=2026-03-01&to=2026-12-31").await.lines() {
        let fact: Json = serde_json::from_str(line).unwrap();
        lines += 1;
        if fact["subject"] == "OUTCOME" {
            let day = fact["day"].as_str().unwrap();
            let key = (format!("{}-01", &day[..7]), fact["user_id"].as_str().unwrap().to_owned());
            let ends = by_file.entry(key).or_default();
            match fact["detail"].as_str().unwrap() {
                "WON" => ends.0 += fact["n"].as_i64().unwrap(),
                "LOST" => ends.1 += fact["n"].as_i64().unwrap(),
                _ => {}
            }
        }
    }
    by_file.retain(|_, ends| *ends != (0, 0));
    assert_eq!(lines, world.sql::<i64>("select count(*) from posting").await, "all facts are there");
    assert!(by_file.len() > 3, "{by_file:?}");

    let mut reader = world.database.clone().username("reader").connect().await.unwrap();
    let rows: Vec<(String, String, i64, i64)> = sqlx::query_as(
        "select month::text, user_id::text, sum(won)::bigint, sum(lost)::bigint from metric_win_rate_month group by 1, 2",
    )
    .fetch_all(&mut reader)
    .await
    .unwrap();
    let by_sql: Ends = rows.into_iter().map(|(month, user, won, lost)| ((month, user), (won, lost))).collect();
    let by_sql: Ends = by_sql.into_iter().filter(|(_, ends)| *ends != (0, 0)).collect();
    assert_eq!(by_sql, by_file);

    let query = "{ winRate(from: \"2026-03-01\", to: \"2026-12-31\", by: USER, per: MONTH) { groups { key { period user { id } } won lost } } }";
    let groups = admin.ask(query).await["winRate"]["groups"].clone();
    let mut by_graphql = Ends::new();
    for group in groups.as_array().unwrap() {
        let user = group["key"]["user"]["id"].as_str().unwrap().trim_start_matches("user_").to_owned();
        let ends = (group["won"].as_i64().unwrap(), group["lost"].as_i64().unwrap());
        by_graphql.insert((group["key"]["period"].as_str().unwrap().to_owned(), user), ends);
    }
    by_graphql.retain(|_, ends| *ends != (0, 0));
    assert_eq!(by_graphql, by_file);

    // Counts and amounts of users.
    let counts: Vec<(String, String, [i64; 4])> = sqlx::query_as::<_, (String, String, i64, i64, i64, i64)>(
        "select month::text, user_id::text, sum(follow_ups)::bigint, sum(claims)::bigint, sum(won)::bigint, sum(orders)::bigint
         from metric_performance_month group by 1, 2 order by 1, 2",
    )
    .fetch_all(&mut reader)
    .await
    .unwrap()
    .into_iter()
    .map(|(month, user, follow_ups, claims, won, orders)| (month, user, [follow_ups, claims, won, orders]))
    .collect();
    let amounts: Vec<(String, String, String, String, String)> = sqlx::query_as(
        "select month::text, user_id::text, currency, sum(booked)::text, sum(received)::text
         from metric_performance_month where currency <> '' group by 1, 2, 3 order by 1, 2, 3",
    )
    .fetch_all(&mut reader)
    .await
    .unwrap();
    let query = "{ performance(from: \"2026-03-01\", to: \"2026-12-31\", by: USER, per: MONTH) { groups { key { period user { id } }
                   followUps claims won orders booked { currency amount } received { currency amount } } } }";
    let groups = admin.ask(query).await["performance"]["groups"].clone();
    let group = |month: &str, user: &str| {
        let is =
            |group: &&Json| group["key"]["period"] == month && group["key"]["user"]["id"] == format!("user_{user}");
        groups.as_array().unwrap().iter().find(is).unwrap_or_else(|| panic!("no group {month} {user}: {groups}"))
    };
    assert!(counts.len() > 5 && amounts.len() > 3, "{counts:?} {amounts:?}");
    for (month, user, counts) in &counts {
        let names = ["followUps", "claims", "won", "orders"];
        assert_eq!(names.map(|name| group(month, user)[name].as_i64().unwrap()), *counts, "{month} {user}");
    }
    for (month, user, currency, booked, received) in &amounts {
        for (name, amount) in [("booked", booked), ("received", received)] {
            let all = group(month, user)[name].as_array().unwrap();
            let found = all
                .iter()
                .find(|found| found["currency"] == **currency)
                .map_or("0.00", |found| found["amount"].as_str().unwrap());
            assert_eq!(found.parse::<rust_decimal::Decimal>(), amount.parse(), "{month} {user} {name} {currency}");
        }
    }

    // A file continues where another one ended.
    let first: i64 = world.sql("select max(position) - 5 from posting").await;
    let csv = admin.file(&format!("/bi/fact_posting.csv?after={first}")).await;
    assert_eq!(csv.lines().count(), 6, "a header and five facts: {csv}");
    assert!(csv.starts_with("position,subject,detail,at,day,known_at,"), "{csv}");
    for view in analysis::export::views() {
        admin.file(&format!("/bi/{view}.csv")).await;
    }
}

#[tokio::test]
async fn files_are_for_those_who_may_view_all_figures() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let (analyst, admin) = (world.person("Ona", "analyst", None).await, world.admin().await);
    boss.create("Acme").await;
    for format in ["csv", "jsonl", "parquet"] {
        let path = format!("/bi/fact_posting.{format}");
        assert_eq!(boss.bi_file(&path).await.0, StatusCode::FORBIDDEN);
        assert_eq!(world.nobody().bi_file(&path).await.0, StatusCode::UNAUTHORIZED);
    }
    for (path, status) in [
        ("/bi/fact_posting.csv", StatusCode::OK),
        ("/bi/fact_posting.xlsx", StatusCode::NOT_FOUND),
        ("/bi/fact_posting", StatusCode::NOT_FOUND),
        ("/bi/customer.parquet", StatusCode::NOT_FOUND),
        ("/bi/customer.csv", StatusCode::NOT_FOUND),
        ("/bi/fact_posting.csv?from=yesterday", StatusCode::BAD_REQUEST),
        ("/bi/dim_stage.csv?from=2026-03-01", StatusCode::BAD_REQUEST),
        ("/bi/dim_stage.csv?after=1", StatusCode::BAD_REQUEST),
        ("/bi/fact_posting.csv?after=1%20or%20true", StatusCode::BAD_REQUEST),
        ("/bi/dim_user.parquet?to=2026-03-01", StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(analyst.bi_file(path).await.0, status, "{path}");
    }
    world.person("=HYPERLINK(\"http://evil.example\")", "sales", None).await;
    let users = analyst.file("/bi/dim_user.csv").await;
    assert!(
        users.contains("\"'=HYPERLINK(\"\"http://evil.example\"\")\""),
        "no formula for spreadsheet programs: {users}"
    );
    let customers = analyst.file("/bi/dim_customer.csv").await;
    assert!(customers.lines().count() == 2 && !customers.contains("Acme"), "no names: {customers}");
    let query = "{ auditEntries(filter: {kind: {eq: DOWNLOADED}}) { edges { node { details } } } }";
    let entries = admin.ask(query).await["auditEntries"]["edges"].clone();
    let details: Vec<_> = entries.as_array().unwrap().iter().map(|entry| &entry["node"]["details"]).collect();
    let files = ["/bi/dim_customer", "/bi/dim_user", "/bi/fact_posting"].map(|file| json!([file]));
    assert_eq!(details, files.each_ref(), "{entries}");
    // Compressed, as browsers ask for it, a file comes whole.
    let request = Request::get("/bi/dim_date.csv").header("accept-encoding", "gzip");
    let request = request.header("authorization", format!("Bearer {}", analyst.token));
    let answer = analyst.send_raw(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    assert!(!to_bytes(answer.into_body(), usize::MAX).await.unwrap().is_empty());
}

/// The rows of a Parquet file, each as a line: values as JSON lines have them.
fn rows_of(file: Vec<u8>) -> Vec<Vec<(String, String)>> {
    let value = |field: &Field| match field {
        Field::Null => "null".to_owned(),
        Field::Bool(value) => value.to_string(),
        Field::Int(value) => value.to_string(),
        Field::Long(value) => value.to_string(),
        Field::Str(value) => json!(value).to_string(),
        Field::Date(days) => {
            let day = chrono::NaiveDate::default() + chrono::Days::new((*days).try_into().unwrap());
            format!("\"{day}\"")
        }
        Field::TimestampMicros(micros) => moment(&DateTime::from_timestamp_micros(*micros).unwrap().to_rfc3339()),
        Field::Decimal(number) => {
            let unscaled = i64::from_be_bytes(number.data().try_into().unwrap());
            decimal(&rust_decimal::Decimal::new(unscaled, number.scale().try_into().unwrap()).to_string())
        }
        other => panic!("no view has such a value: {other}"),
    };
    let reader = SerializedFileReader::new(Bytes::from(file)).unwrap();
    let rows = reader.get_row_iter(None).unwrap().map(Result::unwrap);
    rows.map(|row| row.get_column_iter().map(|(name, field)| (name.clone(), value(field))).collect()).collect()
}

fn moment(text: &str) -> String {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc().to_rfc3339()
}

fn decimal(text: &str) -> String {
    text.parse::<rust_decimal::Decimal>().unwrap().normalize().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parquet_files_have_the_rows_of_the_lines() {
    let mut company = Company::found(22).await;
    for step in 0..120 {
        company.act().await;
        if step % 3 == 0 {
            company.pass().await;
        }
    }
    analysis::keep(&company.world.app).await.unwrap();
    let admin = &company.admin;
    for view in analysis::export::views() {
        let limits = if view == "fact_posting" { "?from=2026-03-02&to=2026-04-30&after=7" } else { "" };
        let answer = admin.send_raw(admin.file_request(&format!("/bi/{view}.parquet{limits}"))).await;
        assert_eq!(answer.headers()["content-type"], "application/vnd.apache.parquet");
        let found = rows_of(to_bytes(answer.into_body(), usize::MAX).await.unwrap().to_vec());
        let lines = admin.file(&format!("/bi/{view}.jsonl{limits}")).await;
        let csv = admin.file(&format!("/bi/{view}.csv{limits}")).await;
        let names: Vec<_> = csv.lines().next().unwrap().split(',').map(str::to_owned).collect();
        assert_eq!(lines.lines().count(), found.len(), "{view}");
        for (line, row) in lines.lines().zip(&found) {
            let line: Json = serde_json::from_str(line).unwrap();
            assert_eq!(row.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(), names, "{view}");
            for (name, value) in row {
                let expected = &line[name];
                let expected = match expected {
                    Json::String(text) if name.ends_with("at") || name == "through" => moment(text),
                    Json::Number(number) => decimal(&number.to_string()),
                    other => other.to_string(),
                };
                let value = if line[name].is_number() { decimal(value) } else { value.clone() };
                assert_eq!(value, expected, "{view}.{name}");
            }
        }
    }
    assert!(company.world.sql::<i64>("select count(*) from bi.fact_posting where amount is not null").await > 5);
}

#[tokio::test]
async fn a_file_that_the_client_has_is_not_sent_again() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let (analyst, admin) = (world.person("Ona", "analyst", None).await, world.admin().await);
    boss.create("Acme").await;
    analysis::keep(&world.app).await.unwrap();
    let ask = async |person: &Person, path: &str, known: &str| {
        let mut request = person.file_request(path);
        request.headers_mut().insert("if-none-match", known.parse().unwrap());
        let answer = person.send_raw(request).await;
        let tag = answer.headers().get("etag").map(|tag| tag.to_str().unwrap().to_owned());
        let status = answer.status();
        (status, tag, to_bytes(answer.into_body(), usize::MAX).await.unwrap())
    };
    let mut tags = BTreeSet::new();
    for path in
        ["fact_posting.csv", "fact_posting.jsonl", "fact_posting.parquet", "fact_posting.csv?after=1", "dim_user.csv"]
    {
        let path = format!("/bi/{path}");
        let (status, tag, body) = ask(&analyst, &path, "\"another\"").await;
        let tag = tag.unwrap();
        assert_eq!((status, body.is_empty()), (StatusCode::OK, false), "{path}");
        assert!(tags.insert(tag.clone()), "another file has another tag: {path}");
        for known in [tag.clone(), tag.replace("W/", ""), format!("\"x\", {tag}")] {
            let (status, same, body) = ask(&analyst, &path, &known).await;
            assert_eq!((status, same.as_ref(), body.len()), (StatusCode::NOT_MODIFIED, Some(&tag), 0), "{path}");
        }
        // No matter who asks, the file is the same; but a user who may not have it does not learn that.
        assert_eq!(ask(&admin, &path, &tag).await.0, StatusCode::NOT_MODIFIED);
        assert_eq!(ask(&boss, &path, &tag).await.0, StatusCode::FORBIDDEN);
        assert_eq!(ask(&world.nobody(), &path, &tag).await.0, StatusCode::UNAUTHORIZED);
    }
    let query = "{ auditEntries(filter: {kind: {eq: DOWNLOADED}}) { totalCount } }";
    assert_eq!(admin.ask(query).await["auditEntries"]["totalCount"], 5, "what is not sent is no download");

    // A tag holds as long as the rows are the same, and no longer.
    let [facts, users] = ["/bi/fact_posting.parquet", "/bi/dim_user.parquet"];
    let before = [ask(&analyst, facts, "x").await.1.unwrap(), ask(&analyst, users, "x").await.1.unwrap()];
    boss.create("Blue Wave").await;
    assert_eq!(ask(&analyst, facts, &before[0]).await.0, StatusCode::NOT_MODIFIED, "the fact has no position yet");
    analysis::keep(&world.app).await.unwrap();
    assert_eq!(ask(&analyst, facts, &before[0]).await.0, StatusCode::OK);
    assert_eq!(ask(&analyst, users, &before[1]).await.0, StatusCode::NOT_MODIFIED);
    world.person("Ann", "sales", Some(&boss)).await;
    assert_eq!(ask(&analyst, users, &before[1]).await.0, StatusCode::OK);
    // Other days of the same facts are another file.
    let now = ask(&analyst, facts, "x").await.1.unwrap();
    assert_eq!(admin.outcome("updateSettings", json!({"businessTimeZone": "America/New_York"})).await, "");
    analysis::keep(&world.app).await.unwrap();
    assert_eq!(ask(&analyst, facts, &now).await.0, StatusCode::OK);
    // Only reading all customers would tell whether they are the same.
    assert_eq!(ask(&analyst, "/bi/dim_customer.csv", "x").await.1, None);
}

#[tokio::test]
async fn two_exports_run_at_once_and_another_one_waits() {
    let world = World::with_limits(Limits { request_time: Duration::from_secs(3), ..Limits::default() }).await;
    let analyst = world.person("Ona", "analyst", None).await;
    let path = "/bi/fact_posting.jsonl";
    for number in 0..12 {
        world.pooled(&format!("Pooled {number}")).await;
    }
    analysis::keep(&world.app).await.unwrap();
    // Nobody takes more than a few lines of them, so they wait.
    let first = analyst.send_raw(analyst.file_request(path)).await;
    let second = analyst.send_raw(analyst.file_request(path)).await;
    assert_eq!([first.status(), second.status()], [StatusCode::OK; 2], "they have begun");
    assert_eq!(analyst.bi_file(path).await.0, StatusCode::SERVICE_UNAVAILABLE);
    // Nobody reads the first one any more.
    drop(first);
    let third = analyst.send_raw(analyst.file_request(path)).await;
    assert_eq!(third.status(), StatusCode::OK);
    for response in [second, third] {
        to_bytes(response.into_body(), usize::MAX).await.unwrap();
    }
    assert_eq!(analyst.bi_file(path).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_role_for_tools_reads_the_views_and_nothing_else() {
    let world = World::new().await;
    let name = "tool";
    analysis::export::make_reader(&world.database, name, "one").await.unwrap();
    analysis::export::make_reader(&world.database, name, "two").await.unwrap();
    let other = analysis::export::make_reader(&world.database, "tidepool_server", "three").await;
    assert!(other.is_err(), "it does not take over a role that it has not made");
    let mut reader = world.database.clone().username(name).connect().await.unwrap();
    let shown: String = sqlx::query_scalar("show search_path").fetch_one(&mut reader).await.unwrap();
    assert_eq!(shown, "bi");
    for statement in [
        "select * from public.customer",
        "select * from public.posting",
        "select * from public.contact",
        "insert into public.posting_outbox (subject, detail, at, customer_id, n) values ('HAND', '', now(), gen_random_uuid(), 1)",
        "delete from bi.fact_posting",
        "create table public.mine ()",
        "create table bi.mine ()",
        "select public.make_bi_user('other', 'x')",
        "select public.keep_sales_analysis(now(), 1)",
        "set role tidepool_server",
        "select pg_read_file('/etc/passwd')",
        "copy bi.dim_user to program 'cat'",
    ] {
        assert!(sqlx::query(statement).execute(&mut reader).await.is_err(), "{statement}");
    }
    for view in analysis::export::views() {
        let text = format!("select * from {view} limit 1");
        sqlx::query(sqlx::AssertSqlSafe(text)).execute(&mut reader).await.unwrap();
    }
    reader.close().await.unwrap();
}
