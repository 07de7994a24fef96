//! Each figure of the dashboard for a rep, a manager of a team, a manager of everybody and those who may know everything; the files of
//! the facts; and how much room the ledger and its sums take.
//!
//! Each time is the median of some rounds of one request at a time, over a connection of its own, after one that does not count. `KEPT`
//! says that kept sums have answered. `TIDEPOOL_BENCH_CUSTOMERS` (default 100000) is the size of the data; there is a rep for each hundred
//! customers. `cargo bench --bench figures -- winRate` measures only what has that in its name.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

#[expect(dead_code, reason = "each benchmark uses a part of it")]
#[path = "support/load.rs"]
mod load;
mod support;

use std::net::SocketAddr;
use std::time::Instant;

use axum::body::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use serde_json::{Value as Json, json};
use sqlx::PgPool;

use load::{answer, graphql};
use support::{is_wanted, median, serve, sign_in};

const ROUNDS: usize = 5;

/// The figures: how each is called, and its document. `$from` and `$to` are the last twelve months.
#[rustfmt::skip]
const FIGURES: [(&str, &str); 16] = [
    ("winRate by month", "winRate(from: $from, to: $to, per: MONTH) { basis { source } groups { key { period } won lost rate { value } wonAmounts { amount } } }"),
    ("winRate by user", "winRate(from: $from, to: $to, by: USER) { basis { source } groups { key { user { name } } won lost rate { value } } }"),
    ("salesFunnel", "salesFunnel(from: $from, to: $to) { basis { source } total { entered won steps { stage { code } count next { value } daysInStage } } }"),
    ("salesFunnel by source", "salesFunnel(from: $from, to: $to, by: SOURCE) { basis { source } groups { key { value } entered steps { count } } }"),
    ("conversion by month", "conversion(from: $from, to: $to, stage: \"PROPOSAL\", per: MONTH) { basis { source } groups { key { period } entered rate { value } } }"),
    ("performance by user", "performance(from: $from, to: $to, by: USER) { basis { source } groups { rank key { user { name } } followUps claims won owned booked { amount } received { amount } } }"),
    ("performance by team", "performance(from: $from, to: $to, by: TEAM) { basis { source } groups { rank key { user { name } } followUps won booked { amount } } }"),
    ("pipeline by stage", "pipeline(asOf: $to, by: STAGE) { basis { source } groups { key { stage { code } } count amounts { amount } weighted { amount } } }"),
    ("pipeline a year ago", "pipeline(asOf: $from, by: USER) { basis { source } groups { key { user { name } } count amounts { amount } } }"),
    ("pipelineWaterfall", "pipelineWaterfall(from: $from, to: $to) { basis { source } total { opening created won lost left closing residual } }"),
    ("forecast by user", "forecast(asOf: $to, by: USER) { basis { source } groups { key { user { name } } months { month closed open weighted } } }"),
    ("salesCycle", "salesCycle(from: $from, to: $to) { basis { source } total { toWin { count median p90 } toLoss { median } } }"),
    ("salesVelocity", "salesVelocity(asOf: $to) { basis { source } total { velocities { currency open perDay } } }"),
    ("lifetimeValue", "lifetimeValue(asOf: $to) { basis { source } total { customers orders perCustomer { amount } } cohorts { began customers cells { after perCustomer { amount } } } }"),
    ("ownership by user", "ownership(asOf: $from, by: USER) { basis { source } groups { key { user { name } } owned } }"),
    ("poolTurnover by month", "poolTurnover(from: $from, to: $to) { basis { source } total { opening claimed released reclaimedByRule closing daysInPool } }"),
];

#[tokio::main]
async fn main() {
    let customers =
        std::env::var("TIDEPOOL_BENCH_CUSTOMERS").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let started = Instant::now();
    let (_cluster, app, report) = support::start(38, customers).await;
    let db = app.pool().clone();
    println!("demo data: {report}, in {:.1} s", started.elapsed().as_secs_f64());
    // Vacuum now, so that autovacuum does not start in the middle of a round.
    let mut maintenance = db.acquire().await.expect("a connection");
    for statement in ["set statement_timeout = 0", "vacuum analyze", "checkpoint", "reset statement_timeout"] {
        sqlx::raw_sql(statement).execute(&mut *maintenance).await.expect("a superuser's statement");
    }
    drop(maintenance);
    storage(&db, customers).await;
    let now = app.clock().now().date_naive();
    let server = serve(tidepool::server::http::router(app)).await;
    let days = json!({"from": now - chrono::Months::new(12), "to": now});
    let viewers = viewers(&db).await;
    print!("\n{:<24}", "milliseconds");
    viewers.iter().for_each(|(called, _)| print!("{called:>24}"));
    println!();
    for (called, figure) in FIGURES {
        if !is_wanted(called) {
            continue;
        }
        print!("{called:<24}");
        for (_, token) in &viewers {
            print!("{:>24}", time(server, token, figure, &days).await);
        }
        println!();
    }
    println!();
    let (_, token) = &viewers[viewers.len() - 1];
    for format in ["csv", "jsonl", "parquet"] {
        let path = format!("/bi/fact_posting.{format}");
        if is_wanted(&path) {
            download(server, token, &path).await;
        }
    }
}

/// How much room the ledger, its sums and everything take.
async fn storage(db: &PgPool, customers: u32) {
    let (facts, whole): (i64, i64) =
        sqlx::query_as("select (select count(*) from posting), pg_database_size(current_database())")
            .fetch_one(db)
            .await
            .expect("the ledger");
    println!(
        "\n{facts} facts, {:.1} for each customer; the database has {:.0} MB",
        facts as f64 / f64::from(customers),
        mb(whole)
    );
    for table in ["posting", "sales_analysis", "sales_analysis_customer", "placement"] {
        let (rows, room, indexes): (i64, i64, i64) =
            sqlx::query_as("select reltuples::bigint, pg_total_relation_size(oid), pg_indexes_size(oid) from pg_class where oid = $1::text::regclass")
                .bind(table)
                .fetch_one(db)
                .await
                .expect("a table");
        println!("{table:<24} {rows:>10} rows {:>8.1} MB, {:.1} of them indexes", mb(room), mb(indexes));
    }
}

fn mb(bytes: i64) -> f64 {
    bytes as f64 / 1e6
}

/// What the viewers are called, and their tokens.
async fn viewers(db: &PgPool) -> Vec<(String, String)> {
    let mut viewers = Vec::new();
    for (account, called) in
        [("sales", "a rep"), ("manager", "a manager of"), ("head", "a manager of"), ("analyst", "everybody")]
    {
        let (me, team) = load::person(db, &format!("{account}@tidepool.example")).await;
        let called = if called.ends_with("of") { format!("{called} {}", team.len()) } else { called.to_owned() };
        viewers.push((called, sign_in(db, me).await));
    }
    viewers
}

/// The median time of a figure in milliseconds, or that the viewer may not ask for it.
async fn time(server: SocketAddr, token: &str, figure: &str, days: &Json) -> String {
    let root = figure.split('(').next().expect("a figure has a name");
    let variables: String =
        ["$from", "$to"].iter().filter(|name| figure.contains(**name)).map(|name| format!("{name}: Date!, ")).collect();
    let document = format!("query({variables}) {{ {figure} }}");
    let mut times = Vec::new();
    let mut source = String::new();
    for round in 0..=ROUNDS {
        let started = Instant::now();
        let answer = answer(server, graphql(token, &document, days)).await;
        let took = started.elapsed().as_secs_f64() * 1e3;
        assert!(answer.get("errors").is_none(), "{figure}: {answer}");
        let figure = &answer["data"][root];
        if figure.is_null() {
            return "–".to_owned();
        }
        source = figure["basis"]["source"].as_str().unwrap_or_default().to_owned();
        if round > 0 {
            times.push(took);
        }
    }
    format!("{:.1} {source}", median(times))
}

/// Downloads a file once, and once more with its tag.
async fn download(server: SocketAddr, token: &str, path: &str) {
    let request = |tag: &str| {
        let request = Request::get(path).header("host", "localhost").header("authorization", format!("Bearer {token}"));
        request.header("if-none-match", tag).body(Full::<Bytes>::default()).expect("a request")
    };
    let started = Instant::now();
    let response = load::send(server, request("\"none\"")).await;
    let tag = response.headers().get("etag").and_then(|tag| tag.to_str().ok()).expect("a tag").to_owned();
    let mut body = response.into_body();
    let mut bytes = 0;
    while let Some(frame) = body.frame().await {
        bytes += frame.expect("a whole file").data_ref().map_or(0, Bytes::len);
    }
    let took = started.elapsed();
    let again = Instant::now();
    assert_eq!(load::send(server, request(&tag)).await.status(), 304);
    println!(
        "{path:<24} {:>8.1} MB in {:.1} s; again with its tag in {:.1} ms",
        bytes as f64 / 1e6,
        took.as_secs_f64(),
        again.elapsed().as_secs_f64() * 1e3
    );
}
