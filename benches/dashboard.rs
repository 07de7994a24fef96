//! The dashboard of a rep, compared with other servers in one run: customers with their contacts, opportunities, last
//! follow-ups and last orders, from Tidepool, from one hand-written statement behind a bare axum handler with as many
//! connections to the database, and from PostGraphile 5 in one Node process (`npm ci` in `benches/postgraphile` installs it).
//!
//! Tidepool checks the viewer's rights for every row; the statement contains the same rights. PostGraphile runs twice:
//! without any rights, and with the same rows hidden by row-level security (but without masked details).
//! The statement is typical: it uses `json_build_object` and sqlx's pool, and is planned with PostgreSQL's own cost
//! of a row, as PostGraphile's are; Tidepool does none of that.
//! Clients, servers and PostgreSQL share the machine, so times depend on it; compare the ratios. Each figure is the
//! median of short rounds that alternate between them. `TIDEPOOL_BENCH_SECONDS` (default 1) is the length of a round,
//! `TIDEPOOL_BENCH_CUSTOMERS` (default 100000) the size of the data. `cargo bench --bench dashboard -- "as a rep"` measures
//! only what has that in its name.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

#[path = "support/load.rs"]
mod load;
#[path = "../tests/api/support/plans.rs"]
mod plans;
#[path = "support/postgraphile.rs"]
mod postgraphile;
mod support;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::routing::post;
use http_body_util::Full;
use hyper::Request;
use serde_json::{Value as Json, json};
use sqlx::postgres::PgConnectOptions;
use sqlx::{PgPool, Row, ValueRef};
use tidepool::kernel::app::{App, Setup};
use tidepool::kernel::clock::Clock;
use tidepool::kernel::config::Limits;
use tower::ServiceExt;
use uuid::Uuid;

use load::{Ask, answer, graphql, rate};
use postgraphile::{PostGraphile, keep_rights};
use support::{is_wanted, median, serve, sign_in};

const ROUNDS: usize = 5;

const CUSTOMER: &str = "id name industry level region nextContactTime \
    contacts(first: 10) { edges { node { id name title phones emails } } } \
    opportunities(first: 10) { edges { node { id stageCode probability expectedAmount { amount currency } expectedProduct { sku name } } } } \
    followUps(first: 5) { edges { node { at channel content nextPlan author { name } } } } \
    orders(first: 3) { edges { node { orderNo status orderedAt totalAmount { amount currency } \
        lines { position quantity amount { amount currency } product { sku name } } } } }";

/// A viewer, and the SQL conditions of what they may see, with `$1` the viewer and `$2` the team.
struct Viewer {
    called: &'static str,
    email: &'static str,
    sees: Sees,
}

/// Conditions over the customer `c` and its related rows `o`.
#[derive(Clone, Copy)]
struct Sees {
    customers: &'static str,
    /// Contacts and follow-ups.
    inside: &'static str,
    details: &'static str,
    opportunities: &'static str,
    /// Orders, and the probability of an opportunity.
    work: &'static str,
}

const VIEWERS: [Viewer; 4] = [
    Viewer {
        called: "a rep",
        email: "sales@tidepool.example",
        sees: Sees {
            customers: "(c.owner_user_id = $1 or (c.owner_user_id is null and c.blacklisted_at is null))",
            inside: "c.owner_user_id = $1",
            details: "c.owner_user_id = $1",
            opportunities: "(o.owner_user_id = $1 or c.owner_user_id = $1 or (c.owner_user_id is null and c.blacklisted_at is null))",
            work: "(o.owner_user_id = $1 or c.owner_user_id = $1)",
        },
    },
    Viewer { called: "a manager of 20", email: "manager@tidepool.example", sees: MANAGER },
    Viewer { called: "a manager of 1,000", email: "head@tidepool.example", sees: MANAGER },
    Viewer {
        called: "an administrator",
        email: "admin@tidepool.example",
        sees: Sees { customers: "true", inside: "true", details: "false", opportunities: "true", work: "true" },
    },
];

const MANAGER: Sees = Sees {
    customers: "(c.owner_user_id = $1 or c.owner_user_id = any($2) or c.owner_user_id is null)",
    inside: "(c.owner_user_id = $1 or c.owner_user_id = any($2))",
    details: "c.owner_user_id = $1",
    opportunities: "(o.owner_user_id = $1 or o.owner_user_id = any($2) or c.owner_user_id = $1 or c.owner_user_id = any($2) \
        or (c.owner_user_id is null and c.blacklisted_at is null))",
    work: "(o.owner_user_id = $1 or o.owner_user_id = any($2) or c.owner_user_id = $1 or c.owner_user_id = any($2))",
};

/// The hand-written statement for one query of one viewer.
struct Bare {
    db: PgPool,
    me: Uuid,
    team: Vec<Uuid>,
    sql: String,
}

/// One query, in the form of each server.
struct Question {
    called: &'static str,
    document: String,
    sql: fn(&str, Sees) -> String,
    to_postgraphile: String,
    /// The id in the query, and what clients call its kind.
    ids: Arc<Vec<Uuid>>,
    prefix: &'static str,
}

#[tokio::main]
async fn main() {
    let number =
        |name: &str, default: u32| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let seconds = Duration::from_secs(number("TIDEPOOL_BENCH_SECONDS", 1).into());
    let started = Instant::now();
    let (cluster, app, report) = support::start(38, number("TIDEPOOL_BENCH_CUSTOMERS", 100_000)).await;
    let db = app.pool().clone();
    println!("demo data: {report}, in {:.1} s", started.elapsed().as_secs_f64());
    // Vacuum now, so that autovacuum does not start in the middle of a round.
    let mut maintenance = db.acquire().await.expect("a connection");
    for statement in ["set statement_timeout = 0", "vacuum analyze", "checkpoint", "reset statement_timeout"] {
        sqlx::raw_sql(statement).execute(&mut *maintenance).await.expect("a superuser's statement");
    }
    drop(maintenance);
    let as_it_comes = PostGraphile::start(&cluster.connect_options()).await;
    if let Err(why) = &as_it_comes {
        println!("PostGraphile is skipped: {why}");
    }
    let tidepool = serve(tidepool::server::http::router(app)).await;
    println!(
        "\nrequests/s{:<52} {:>8} {:>8} {:>12} {:>11}  ratios",
        "", "Tidepool", "by hand", "PostGraphile", "with rights"
    );
    for viewer in &VIEWERS {
        measure(&db, tidepool, as_it_comes.as_ref().ok(), viewer, &cluster.connect_options(), seconds).await;
    }
}

async fn measure(
    db: &PgPool,
    tidepool: SocketAddr,
    as_it_comes: Option<&PostGraphile>,
    viewer: &Viewer,
    database: &PgConnectOptions,
    seconds: Duration,
) {
    let (me, team) = load::person(db, viewer.email).await;
    let token = sign_in(db, me).await;
    let Sees { customers, inside, opportunities, work, .. } = viewer.sees;
    let rows = [("contact", inside), ("followup", inside), ("sales_opportunity", opportunities), ("sales_order", work)];
    keep_rights(db, customers, &rows).await;
    let with_rights = PostGraphile::start_for(database, me, &team).await.ok();
    let peers: Vec<&PostGraphile> = as_it_comes.into_iter().chain(&with_rights).collect();
    for question in questions(db, me, viewer.called == "an administrator").await {
        let sql = (question.sql)(&customer_sql(viewer.sees), viewer.sees);
        let hand = Bare { db: db.clone(), me, team: team.clone(), sql };
        let hand = serve(Router::new().route("/", post(bare)).with_state(Arc::new(hand))).await;
        let id = |place: usize, ids: &[Uuid]| ids[place % ids.len()];
        let ours: Ask = {
            let (ids, prefix, token, document) =
                (question.ids.clone(), question.prefix, token.clone(), question.document.clone());
            Arc::new(move |place| graphql(&token, &document, &json!({"id": format!("{prefix}_{}", id(place, &ids))})))
        };
        let bare: Ask = {
            let ids = question.ids.clone();
            Arc::new(move |place| {
                let body = Full::from(id(place, &ids).to_string());
                Request::post("/").body(body).expect("a request")
            })
        };
        let theirs: Ask = {
            let (ids, document) = (question.ids.clone(), question.to_postgraphile.clone());
            Arc::new(move |place| graphql("nobody", &document, &json!({"id": id(place, &ids).to_string()})))
        };
        let mut found = 0;
        for place in 0..10 {
            let (one, other) = (answer(tidepool, ours(place)).await, answer(hand, bare(place)).await);
            assert_eq!(one, other, "both answer the same, or nothing is measured");
            for peer in &peers {
                let numbers = names_of(&answer(peer.address, theirs(place)).await);
                assert_eq!(names_of(&one), numbers, "PostGraphile answers with the same rows");
                found += numbers.len();
            }
        }
        assert!(peers.is_empty() || found > 0, "there is something to answer with");
        assert_no_scans(database.clone(), ours.clone());
        for connections in [8, 64] {
            let called = format!("{}, as {}, {connections} connections", question.called, viewer.called);
            if !is_wanted(&called) {
                continue;
            }
            let mut rates = [Vec::new(), Vec::new(), Vec::new(), Vec::new()];
            for _ in 0..ROUNDS {
                rates[0].push(rate(tidepool, &ours, connections, seconds).await);
                rates[1].push(rate(hand, &bare, connections, seconds).await);
                for (peer, rates) in peers.iter().zip(&mut rates[2..]) {
                    rates.push(rate(peer.address, &theirs, connections, seconds).await);
                }
            }
            println!("  {called:<60} {}", compared(rates));
        }
    }
}

fn compared(rates: [Vec<f64>; 4]) -> String {
    let [ours, by_hand, peer, with_rights] = rates.map(|rates| if rates.is_empty() { f64::NAN } else { median(rates) });
    format!(
        "{ours:>8.0} {by_hand:>8.0} {peer:>12.0} {with_rights:>11.0}  {:.2} x by hand, {:.1} x PostGraphile, {:.1} x with rights",
        ours / by_hand,
        ours / peer,
        ours / with_rights
    )
}

/// The customers and order numbers of a response, in their order: all servers name these the same.
fn names_of(answer: &Json) -> Vec<String> {
    fn collect(json: &Json, found: &mut Vec<String>) {
        match json {
            Json::Array(items) => items.iter().for_each(|item| collect(item, found)),
            Json::Object(fields) => {
                for (key, value) in fields {
                    match (key.as_str(), value.as_str()) {
                        ("orderNo" | "content" | "sku", Some(text)) => found.push(text.to_owned()),
                        _ => collect(value, found),
                    }
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    collect(answer, &mut found);
    found.sort();
    found
}

/// Runs a server on connections that report plans, on its own thread, because the listener listens to one thread.
fn assert_no_scans(database: PgConnectOptions, ask: Ask) {
    let asked = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async move {
            let collected = plans::Plans::listen();
            // One user asks as fast as they can.
            let limits = Limits { cost_per_minute: usize::MAX, ..Limits::default() };
            let app = App::open(Setup::of(plans::with_auto_explain(database), 20, limits, Clock::database()))
                .await
                .expect("the database is there");
            let router = tidepool::server::http::router(app.clone());
            // PostgreSQL keeps one plan for all values only after some executions on each connection.
            for place in 0..30 {
                let answer = router.clone().oneshot(ask(place).map(Body::new)).await.expect("an answer");
                assert!(answer.status().is_success());
            }
            let (plans, scanned) = collected.scans("order_product");
            assert_eq!(plans, 30, "each answer has a plan");
            assert_eq!(scanned, Vec::<String>::new(), "no table is read from end to end, products among them");
            app.close().await;
        });
    });
    asked.join().expect("no table is read from end to end");
}

async fn bare(State(bare): State<Arc<Bare>>, id: Bytes) -> Vec<u8> {
    let id = Uuid::try_parse_ascii(&id).expect("an id");
    let query = sqlx::query(sqlx::AssertSqlSafe(bare.sql.as_str())).bind(bare.me).bind(&bare.team).bind(id);
    let row = query.fetch_one(&bare.db).await.expect("the statement is right");
    let value = row.try_get_raw(0).expect("a column");
    let data = if value.is_null() { "null" } else { value.as_str().expect("text") };
    [br#"{"data":"#, data.as_bytes(), b"}"].concat()
}

/// The page of a rep whom the viewer may see, and one of the rep's customers.
async fn questions(db: &PgPool, me: Uuid, everybody: bool) -> [Question; 2] {
    let reps: Vec<Uuid> = sqlx::query_scalar(
        "with recursive team (id) as (select $1::uuid union all select u.id from app_user u join team t on u.manager_id = t.id)
         select u.id from app_user u where (u.id in (select id from team) or $2)
             and exists (select from customer c where c.owner_user_id = u.id) order by md5(u.id::text) limit 50",
    )
    .bind(me)
    .bind(everybody)
    .fetch_all(db)
    .await
    .expect("demo data");
    let customers: Vec<Uuid> =
        sqlx::query_scalar("select id from customer where owner_user_id = any($1) order by md5(id::text) limit 2000")
            .bind(&reps)
            .fetch_all(db)
            .await
            .expect("demo data");
    [
        Question {
            called: "the page",
            document: format!(
                "query($id: ID!) {{ customers(first: 20, filter: {{ownerId: {{eq: $id}}}}) {{ edges {{ node {{ {CUSTOMER} }} }} }} }}"
            ),
            sql: page_sql,
            to_postgraphile: postgraphile::page(),
            ids: Arc::new(reps),
            prefix: "user",
        },
        Question {
            called: "one customer",
            document: format!("query($id: ID!) {{ customer(id: $id) {{ {CUSTOMER} }} }}"),
            sql: one_sql,
            to_postgraphile: postgraphile::one(),
            ids: Arc::new(customers),
            prefix: "customer",
        },
    ]
}

fn page_sql(customer: &str, Sees { customers, .. }: Sees) -> String {
    format!(
        "select json_build_object('customers', json_build_object('edges', coalesce(json_agg(json_build_object('node', {customer})), '[]')))
         from (select c.* from customer c where c.owner_user_id = $3 and {customers} and ($1::uuid is not null or $2::uuid[] is not null)
               order by c.created_at desc, c.id desc limit 20) c"
    )
}

fn one_sql(customer: &str, Sees { customers, .. }: Sees) -> String {
    format!(
        "select json_build_object('customer', (select {customer} from customer c
             where c.id = $3 and {customers} and ($1::uuid is not null or $2::uuid[] is not null)))"
    )
}

fn customer_sql(Sees { inside, details, opportunities, work, .. }: Sees) -> String {
    let time = |column: &str| format!(r#"to_char({column}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"#);
    let (next, at, ordered) = (time("c.next_contact_at"), time("f.at"), time("o.ordered_at"));
    format!(
        "json_build_object('id', 'customer_' || c.id, 'name', c.name, 'industry', c.industry, 'level', c.level, 'region', c.region,
            'nextContactTime', {next},
            'contacts', json_build_object('edges', (select coalesce(json_agg(json_build_object('node', json_build_object(
                    'id', 'contact_' || k.id, 'name', k.name, 'title', k.title,
                    'phones', case when {details} then k.phones else array(select mask_phone(n) from unnest(k.phones) n) end,
                    'emails', case when {details} then k.emails else array(select mask_email(n) from unnest(k.emails) n) end))), '[]')
                from (select k.* from contact k where k.customer_id = c.id and k.archived_at is null and {inside} order by k.created_at, k.id limit 10) k)),
            'opportunities', json_build_object('edges', (select coalesce(json_agg(json_build_object('node', json_build_object(
                    'id', 'opportunity_' || o.id, 'stageCode', o.stage, 'probability', case when {work} then o.probability end,
                    'expectedAmount', case when o.amount is not null then json_build_object('amount', o.amount::text, 'currency', o.currency) end,
                    'expectedProduct', (select json_build_object('sku', p.sku, 'name', p.name) from product p where p.id = o.product_id)))), '[]')
                from (select o.* from sales_opportunity o where o.customer_id = c.id and o.archived_at is null and {opportunities}
                      order by o.created_at desc, o.id desc limit 10) o)),
            'followUps', json_build_object('edges', (select coalesce(json_agg(json_build_object('node', json_build_object(
                    'at', {at}, 'channel', f.channel, 'content', f.content, 'nextPlan', f.next_plan,
                    'author', (select json_build_object('name', u.name) from app_user u where u.id = f.author_user_id)))), '[]')
                from (select f.* from followup f where f.customer_id = c.id and {inside} order by f.at desc, f.id desc limit 5) f)),
            'orders', json_build_object('edges', (select coalesce(json_agg(json_build_object('node', json_build_object(
                    'orderNo', o.order_no, 'status', o.status, 'orderedAt', {ordered},
                    'totalAmount', json_build_object('amount', o.total_amount::text, 'currency', o.currency),
                    'lines', (select coalesce(json_agg(json_build_object('position', l.position, 'quantity', trim_scale(l.quantity)::text,
                            'amount', json_build_object('amount', l.amount::text, 'currency', o.currency),
                            'product', (select json_build_object('sku', p.sku, 'name', p.name) from product p where p.id = l.product_id))
                        order by l.position), '[]') from order_product l where l.order_id = o.id)))), '[]')
                from (select o.* from sales_order o where o.customer_id = c.id and {work} order by o.ordered_at desc, o.id desc limit 3) o)))"
    )
}
