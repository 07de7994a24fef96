//! Reads and claims compared with the database alone, in one run: the same JSON from hand-written SQL behind a bare
//! axum handler, and pgbench with a bare conditional UPDATE and one INSERT.
//!
//! The hand-written SQL is typical: it uses `json_build_object` and sqlx's pool, and is planned with PostgreSQL's own
//! cost of a row; Tidepool does none of that.
//! Client, servers and PostgreSQL share the machine, so times depend on it; compare the ratios. Each figure is
//! the median of rounds that alternate between the two. `TIDEPOOL_BENCH_SECONDS` (default 2) is the length of a round,
//! `TIDEPOOL_BENCH_CUSTOMERS` (default 100000) the size of the data. `cargo bench -- "one customer"` measures only what has
//! that in its name.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

#[path = "support/cpu.rs"]
mod cpu;
#[path = "support/load.rs"]
mod load;
mod support;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use http_body_util::Full;
use hyper::Request;
use serde_json::json;
use sqlx::{PgPool, Row, ValueRef};
use tidepool::kernel::embedded::Embedded;
use uuid::Uuid;

use cpu::Cpu;
use load::{Ask, answer, graphql, rate};
use support::{is_wanted, median, serve, sign_in};

const ROUNDS: usize = 5;
const CLAIMERS: usize = 64;

const PAGE: &str = "{ publicPool(first: 50) { pageInfo { hasNextPage } edges { node { id name industry level region poolEntryTime \
    protectedUntil contacts { totalCount } } } } }";
const ONE: &str = "query($id: ID!) { customer(id: $id) { id name industry level owner { name } \
    contacts(first: 10) { edges { node { id name title phones emails isMasked } } } \
    operations(first: 10) { edges { node { type cause at operator { name } } } } } }";

/// A viewer, and the SQL conditions of what they may see, over the row `c`, with `$1` the viewer and `$2` the team.
struct Viewer {
    called: &'static str,
    email: &'static str,
    sees: [&'static str; 4],
}

const VIEWERS: [Viewer; 4] = [
    Viewer {
        called: "a rep",
        email: "sales@tidepool.example",
        sees: [
            "(c.owner_user_id = $1 or (c.owner_user_id is null and c.blacklisted_at is null))",
            "c.owner_user_id = $1",
            "c.owner_user_id = $1",
            "c.owner_user_id = $1",
        ],
    },
    Viewer { called: "a manager of 20", email: "manager@tidepool.example", sees: MANAGER },
    Viewer { called: "a manager of 1,000", email: "head@tidepool.example", sees: MANAGER },
    Viewer { called: "an administrator", email: "admin@tidepool.example", sees: ["true", "true", "false", "true"] },
];

/// Customers, contacts, their details, who did what.
const MANAGER: [&str; 4] = [
    "(c.owner_user_id = $1 or c.owner_user_id = any($2) or c.owner_user_id is null)",
    "(c.owner_user_id = $1 or c.owner_user_id = any($2))",
    "c.owner_user_id = $1",
    "(c.owner_user_id = $1 or c.owner_user_id = any($2))",
];

/// The hand-written statement for one query of one viewer.
struct Bare {
    db: PgPool,
    me: Uuid,
    team: Vec<Uuid>,
    sql: String,
}

#[tokio::main]
async fn main() {
    let number =
        |name: &str, default: u32| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let seconds = Duration::from_secs(number("TIDEPOOL_BENCH_SECONDS", 2).into());
    let started = Instant::now();
    let (postgres, app, report) = support::start(38, number("TIDEPOOL_BENCH_CUSTOMERS", 100_000)).await;
    println!("demo data: {report}, in {:.1} s", started.elapsed().as_secs_f64());
    let db = app.pool().clone();
    let tidepool = serve(tidepool::server::http::router(app)).await;
    println!(
        "\nreads, requests/s: Tidepool / hand-written SQL; CPU for one, µs, of this process (client and server) + of PostgreSQL"
    );
    for viewer in &VIEWERS {
        reads(&db, tidepool, viewer, seconds).await;
    }
    if is_wanted("claims") {
        println!("\nclaims by {CLAIMERS} clients, claims/s: Tidepool / pgbench");
        claims(&db, tidepool, &postgres, seconds).await;
    }
}

async fn bare(State(bare): State<Arc<Bare>>, id: Bytes) -> Vec<u8> {
    let query = sqlx::query(sqlx::AssertSqlSafe(bare.sql.as_str())).bind(bare.me).bind(&bare.team);
    let query = match Uuid::try_parse_ascii(&id) {
        Ok(id) => query.bind(id),
        Err(_) => query,
    };
    let row = query.fetch_one(&bare.db).await.expect("the statement is right");
    let value = row.try_get_raw(0).expect("a column");
    let data = if value.is_null() { "null" } else { value.as_str().expect("text") };
    [br#"{"data":"#, data.as_bytes(), b"}"].concat()
}

fn page_sql([_, contacts, ..]: [&str; 4]) -> String {
    format!(
        r#"select json_build_object('publicPool', json_build_object(
             'pageInfo', json_build_object('hasNextPage', count(*) > 50),
             'edges', coalesce(json_agg(json_build_object('node', json_build_object(
                'id', 'customer_' || c.id, 'name', c.name, 'industry', c.industry, 'level', c.level, 'region', c.region,
                'poolEntryTime', to_char(c.pool_entry_time, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                'protectedUntil', to_char(c.protected_until, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                'contacts', json_build_object('totalCount', (select count(*) from contact k where k.customer_id = c.id and {contacts}))
             ))) filter (where c.place <= 50), '[]')))
           from (select c.*, row_number() over () as place from (
                select c.* from customer c where c.owner_user_id is null and c.blacklisted_at is null
                    and ($1::uuid is not null or $2::uuid[] is not null)
                order by c.pool_entry_time desc, c.id desc limit 51) c) c"#
    )
}

fn one_sql([customer, contacts, details, who]: [&str; 4]) -> String {
    format!(
        r#"select json_build_object('customer', (select json_build_object(
             'id', 'customer_' || c.id, 'name', c.name, 'industry', c.industry, 'level', c.level,
             'owner', (select json_build_object('name', u.name) from app_user u where u.id = c.owner_user_id),
             'contacts', json_build_object('edges', (select coalesce(json_agg(json_build_object('node', json_build_object(
                    'id', 'contact_' || k.id, 'name', k.name, 'title', k.title,
                    'phones', case when {details} then k.phones else array(select mask_phone(n) from unnest(k.phones) n) end,
                    'emails', case when {details} then k.emails else array(select mask_email(n) from unnest(k.emails) n) end,
                    'isMasked', not coalesce({details}, false)))) filter (where k.id is not null), '[]')
                from (select k.* from contact k where k.customer_id = c.id and {contacts} order by k.created_at, k.id limit 10) k)),
             'operations', json_build_object('edges', (select coalesce(json_agg(json_build_object('node', json_build_object(
                    'type', l.type, 'cause', l.cause, 'at', to_char(l.at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                    'operator', case when {who} then (select json_build_object('name', u.name) from app_user u where u.id = l.operator_user_id) end))), '[]')
                from (select l.* from customer_operation_log l where l.customer_id = c.id order by l.at desc, l.id desc limit 10) l)))
           from customer c where c.id = $3 and {customer} and ($1::uuid is not null or $2::uuid[] is not null)))"#
    )
}

async fn reads(db: &PgPool, tidepool: SocketAddr, viewer: &Viewer, seconds: Duration) {
    let (me, team) = load::person(db, viewer.email).await;
    let mut owners = team.clone();
    owners.push(me);
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "select id from customer where owner_user_id = any($1) or $2 order by md5(id::text) limit 2000",
    )
    .bind(&owners)
    .bind(viewer.called == "an administrator")
    .fetch_all(db)
    .await
    .expect("demo data");
    let token = sign_in(db, me).await;
    let ids = Arc::new(ids);
    for (what, document, sql) in
        [("the pool's page", PAGE, page_sql(viewer.sees)), ("one customer", ONE, one_sql(viewer.sees))]
    {
        let hand = Bare { db: db.clone(), me, team: team.clone(), sql };
        let hand = serve(Router::new().route("/", post(bare)).with_state(Arc::new(hand))).await;
        let is_page = what == "the pool's page";
        let ours: Ask = {
            let (ids, token) = (ids.clone(), token.clone());
            Arc::new(move |place| {
                let variables =
                    if is_page { json!({}) } else { json!({"id": format!("customer_{}", ids[place % ids.len()])}) };
                graphql(&token, document, &variables)
            })
        };
        let theirs: Ask = {
            let ids = ids.clone();
            Arc::new(move |place| {
                let body = if is_page { String::new() } else { ids[place % ids.len()].to_string() };
                Request::post("/").body(Full::from(body)).expect("a request")
            })
        };
        for place in 0..5 {
            let (one, other) = (answer(tidepool, ours(place)).await, answer(hand, theirs(place)).await);
            assert_eq!(one, other, "both answer the same, or nothing is measured");
        }
        for connections in [8, 64] {
            let called = format!("{what}, as {}, {connections} connections", viewer.called);
            if !is_wanted(&called) {
                continue;
            }
            let (mut us, mut them) = (Figures::default(), Figures::default());
            for _ in 0..ROUNDS {
                us.measure(db, tidepool, &ours, connections, seconds).await;
                them.measure(db, hand, &theirs, connections, seconds).await;
            }
            println!("  {called:<56} {}; CPU {} / {}", compared(us.rates, them.rates), us.cpu, them.cpu);
        }
    }
}

async fn claims(db: &PgPool, tidepool: SocketAddr, postgres: &Embedded, seconds: Duration) {
    let reps: Vec<Uuid> = sqlx::query_scalar("select u.id from app_user u join user_role r on r.user_id = u.id where r.role = 'sales' and u.status = 'ACTIVE' order by u.id limit 64")
        .fetch_all(db).await.expect("demo data");
    let mut tokens = Vec::new();
    for rep in &reps {
        tokens.push(sign_in(db, *rep).await);
    }
    let free = "from customer where owner_user_id is null and blacklisted_at is null and (protected_until is null or protected_until < now())";
    let ids: Vec<Uuid> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select id {free} order by md5(id::text)")))
        .fetch_all(db)
        .await
        .expect("demo data");
    sqlx::raw_sql("create table bench_target (n bigint primary key, id uuid not null, rep uuid not null)")
        .execute(db)
        .await
        .expect("a name that is free");
    sqlx::query(
        "insert into bench_target select n, id, $2[1 + n % cardinality($2)] from unnest($1) with ordinality u (id, n)",
    )
    .bind(&ids)
    .bind(&reps)
    .execute(db)
    .await
    .expect("rows");
    // Each client claims its own customers in random order.
    let script = format!(
        "\\set i :i + 1\n\\set n permute(:i * {CLAIMERS} + :client_id, {}) + 1\nbegin;\n\
         update customer c set owner_user_id = t.rep, owned_since = now(), pool_entry_time = null, protected_until = null, \
         updated_at = now(), version = version + 1 from bench_target t where t.n = :n and c.id = t.id and c.owner_user_id is null;\n\
         insert into customer_operation_log (id, customer_id, operator_user_id, type, cause, new_owner_user_id, at) \
         select gen_random_uuid(), t.id, t.rep, 'CLAIM', 'MANUAL', t.rep, now() from bench_target t where t.n = :n;\nend;\n",
        ids.len(),
    );
    let script_file = std::env::temp_dir().join(format!("tidepool-bench-{}.sql", std::process::id()));
    std::fs::write(&script_file, script).expect("a temporary file");
    let ids = Arc::new(ids);
    let (mut us, mut them) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (ids, tokens) = (ids.clone(), tokens.clone());
        let next = AtomicUsize::new(0);
        let ask: Ask = Arc::new(move |_| {
            let place = next.fetch_add(1, Relaxed);
            let input = json!({"input": {"customerId": format!("customer_{}", ids[place % ids.len()])}});
            let document =
                "mutation($input: ClaimCustomerInput!) { claimCustomer(input: $input) { userErrors { code } } }";
            graphql(&tokens[place % tokens.len()], document, &input)
        });
        let before: i64 = count_claims(db).await;
        let started = Instant::now();
        rate(tidepool, &ask, CLAIMERS, seconds).await;
        // Claims are counted in the log, not in responses.
        us.push((count_claims(db).await - before) as f64 / started.elapsed().as_secs_f64());
        back_to_the_pool(db).await;
        them.push(pgbench(postgres, &script_file, seconds).await);
        back_to_the_pool(db).await;
    }
    println!("  {:<56} {}", "each its own customer", compared(us, them));
    let _ = std::fs::remove_file(script_file);
}

async fn count_claims(db: &PgPool) -> i64 {
    sqlx::query_scalar("select count(*) from customer_operation_log where type = 'CLAIM'")
        .fetch_one(db)
        .await
        .expect("a count")
}

/// Releases the customers that a round has claimed; not measured.
async fn back_to_the_pool(db: &PgPool) {
    for statement in [
        "update customer c set owner_user_id = null, owned_since = null, pool_entry_time = now(), first_followup_time = null,
             last_followup_time = null from bench_target t where t.id = c.id and c.owner_user_id is not null",
        "vacuum analyze customer",
        "checkpoint",
    ] {
        sqlx::raw_sql(statement).execute(db).await.expect("rows of the benchmark");
    }
}

async fn pgbench(postgres: &Embedded, script: &std::path::Path, seconds: Duration) -> f64 {
    let options = postgres.connect_options();
    let socket = options.get_socket().expect("a private PostgreSQL has a socket").display().to_string();
    let mut command = tokio::process::Command::new("pgbench");
    let clients = CLAIMERS.to_string();
    command.args(["-n", "-M", "prepared", "-h", &socket, "-p", "5432", "-U", "tidepool"]);
    command.args(["-c", &clients, "-j", "2", "-D", "i=0"]);
    command.arg("-T").arg(seconds.as_secs().to_string()).arg("-f").arg(script).arg("tidepool");
    let output = command.output().await.expect("pgbench comes with PostgreSQL");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let rate = printed.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    rate.unwrap_or_else(|| panic!("{printed}{}", String::from_utf8_lossy(&output.stderr)))
}

/// The figures of rounds of requests.
#[derive(Default)]
struct Figures {
    rates: Vec<f64>,
    cpu: Used,
}

/// Processor time for a request, in µs: of this process, which is the client too, and of PostgreSQL.
#[derive(Default)]
struct Used(Vec<Cpu>);

impl Figures {
    async fn measure(&mut self, db: &PgPool, address: SocketAddr, ask: &Ask, connections: usize, seconds: Duration) {
        let (before, started) = (Cpu::now(db).await, Instant::now());
        let rate = rate(address, ask, connections, seconds).await;
        let answered = (rate * started.elapsed().as_secs_f64()) as usize;
        self.cpu.0.push(before.for_each(db, answered).await);
        self.rates.push(rate);
    }
}

impl std::fmt::Display for Used {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let of = |part: fn(&Cpu) -> f64| median(self.0.iter().map(|cpu| part(cpu) * 1e3).collect());
        write!(f, "{:.0}+{:.0}", of(|cpu| cpu.server), of(|cpu| cpu.postgres))
    }
}

fn compared(us: Vec<f64>, them: Vec<f64>) -> String {
    let (us, them) = (median(us), median(them));
    format!("{us:>7.0} / {them:>7.0} = {:.2}", us / them)
}
