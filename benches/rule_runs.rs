//! A run of a pool rule compared with one hand-written statement that does the same: it releases the same twentieth of
//! the customers, logs it, records it, and notifies the owners. Also its cost: memory, and claims and reads meanwhile.
//!
//! Client, server and PostgreSQL share the machine, so times depend on it; compare the ratios. Each figure is
//! the median of rounds that alternate between the two, on the same data: released customers are given back in between.
//! `TIDEPOOL_BENCH_CUSTOMERS` (default 100000) is the size of the data. `cargo bench --bench rule_runs -- claims` measures only
//! what has that in its name.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

#[path = "support/load.rs"]
mod load;
#[path = "support/memory.rs"]
mod memory;
mod support;

use std::cell::Cell;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::PgPool;
use tidepool::crm::rule::run::sweep;
use tidepool::kernel::app::App;
use uuid::Uuid;

use load::{Ask, answer, graphql, person, rate};
use memory::memory;
use support::{is_wanted, median, serve, sign_in};

const ROUNDS: usize = 5;
/// The length of one measurement of other requests during a run.
const WINDOW: Duration = Duration::from_millis(100);
/// The number of measurements before the run.
const WINDOWS_ALONE: usize = 20;

const PAGE: &str = "{ publicPool(first: 50) { pageInfo { hasNextPage } edges { node { id name industry level region poolEntryTime \
    protectedUntil contacts { totalCount } } } } }";
const CLAIM: &str = "mutation($input: ClaimCustomerInput!) { claimCustomer(input: $input) { userErrors { code } } }";

/// The customers to release: a share of each owner's customers, neglected for longest. And the customers to claim.
const NEGLECT: &str = "
    create table bench_target as
        select id, owner_user_id, owned_since - interval '1000 days' as owned_since, first_followup_time - interval '1000 days' as first_followup_time,
               last_followup_time - interval '1000 days' as last_followup_time, updated_at
        from (select c.*, row_number() over (partition by owner_user_id order by id) as place, count(*) over () as owned,
                     (select count(*) from customer) as customers
              from customer c where owner_user_id is not null and archived_at is null) c
        where place % (owned * 20 / customers) = 0;
    create table bench_free as
        select id from customer where owner_user_id is null and blacklisted_at is null and archived_at is null
            and (protected_until is null or protected_until < now());
    update customer_pool_rule set enabled = false;
    vacuum analyze";
const CONDITION: &str = "followup_days > 900";

/// Restores the former state, without events of the pool.
const GIVE_BACK: &str = "
    update customer c set owner_user_id = t.owner_user_id, owned_since = t.owned_since, first_followup_time = t.first_followup_time,
        last_followup_time = t.last_followup_time, updated_at = t.updated_at,
        pool_entry_time = null, protected_until = null, protection_due = null
    from bench_target t where t.id = c.id;
    update customer c set owner_user_id = null, owned_since = null, pool_entry_time = now() from bench_free f
    where f.id = c.id and c.owner_user_id is not null;
    vacuum analyze customer;
    checkpoint";

const BY_HAND: &str = "
    with matched as (
        select id, name, owner_user_id, first_followup_time, last_followup_time, greatest(now(), updated_at + interval '1 us') as at
        from customer
        where owner_user_id is not null and archived_at is null
              and extract(epoch from now() - greatest(last_followup_time, owned_since)) / 86400 > 900
        for no key update),
    released as (
        update customer c
        set owner_user_id = null, owned_since = null, pool_entry_time = m.at,
            protected_until = m.at + s.protection_period_seconds * interval '1 second',
            protection_due = m.at + s.protection_period_seconds * interval '1 second',
            first_followup_time = null, last_followup_time = null, next_contact_at = null, updated_at = m.at
        from matched m, setting s where c.id = m.id),
    batch as (
        insert into operation_batch (id, kind, at, moved) select $2, 'POOL_RULE', now(), count(*) from matched),
    logged as (
        insert into customer_operation_log (id, customer_id, type, cause, previous_owner_user_id, at, rule_id, batch_id,
                                            first_followup_time, last_followup_time)
        select gen_random_uuid(), id, 'RECLAIM', 'RULE', owner_user_id, at, $1, $2,
               first_followup_time, last_followup_time
        from matched),
    told as (
        insert into notification (id, user_id, kind, customer_id, customer_name, at, rule_id)
        select gen_random_uuid(), owner_user_id, 'TAKEN', id, name, at, $1 from matched
        returning id, user_id, customer_id, at)
    insert into event_outbox (topic, kind, customer_id, user_id, notification_id, occurred_at)
    select 'NOTIFICATION', 'NOTIFIED', customer_id, user_id, id, at from told";

#[tokio::main]
async fn main() {
    let customers = std::env::var("TIDEPOOL_BENCH_CUSTOMERS").ok().and_then(|text| text.parse().ok());
    let started = Instant::now();
    let (postgres, app, report) = support::start(50, customers.unwrap_or(100_000)).await;
    // A separate pool, because large statements take longer than the time limit of a server's statements.
    let db = PgPool::connect_with(postgres.connect_options()).await.expect("PostgreSQL runs");
    run(&db, NEGLECT).await;
    let targets = count(&db, "bench_target").await;
    println!("demo data: {report}; {targets} to be taken, in {:.1} s", started.elapsed().as_secs_f64());
    let server = Server { address: serve(tidepool::server::http::router(app.clone())).await, app, db, targets };
    server.give_back().await;
    if is_wanted("by hand") {
        beside_one_statement(&server).await;
    }
    println!("\nwhat others get, requests/s: while a sweep runs / without");
    if is_wanted("the pool's page") {
        let (rep, _) = person(&server.db, "sales@tidepool.example").await;
        let token = sign_in(&server.db, rep).await;
        let ask: Ask = Arc::new(move |_| graphql(&token, PAGE, &json!({})));
        let page = answer(server.address, ask(0)).await;
        assert_eq!(page["data"]["publicPool"]["edges"].as_array().map(Vec::len), Some(50), "{page}");
        beside_others(&server, "the pool's page, 8 connections", &ask, 8).await;
    }
    if is_wanted("claims") {
        claims(&server).await;
    }
}

struct Server {
    app: Arc<App>,
    address: SocketAddr,
    db: PgPool,
    /// The number of customers that a run releases.
    targets: i64,
}

impl Server {
    /// Creates a rule that is due if it is enabled; returns its id.
    async fn rule(&self, is_on: bool) -> Uuid {
        let rule = sqlx::query_scalar(
            "insert into customer_pool_rule (id, name, condition, action, priority, schedule, enabled, scheduled_since, created_at, updated_at)
             values (gen_random_uuid(), 'bench', $1, 'RELEASE_TO_POOL', 1, '0 3 * * *', $2, '2000-01-01', now(), now()) returning id",
        );
        rule.bind(CONDITION).bind(is_on).fetch_one(&self.db).await.expect("a rule")
    }

    /// Runs the rules that are due.
    async fn run_rules(&self) {
        let rule = self.rule(true).await;
        sweep(&self.app).await.expect("the database is there");
        let released: i64 =
            sqlx::query_scalar("select released from pool_rule_run where rule_id = $1 and status = 'DONE'")
                .bind(rule)
                .fetch_one(&self.db)
                .await
                .expect("a run that is done");
        assert_eq!(released, self.targets, "all is taken");
        run(&self.db, "update customer_pool_rule set enabled = false").await;
    }

    /// Releases the same customers with the hand-written statement.
    async fn release_by_hand(&self) {
        let rule = self.rule(false).await;
        let run: Uuid = sqlx::query_scalar(
            "insert into pool_rule_run (id, rule_id, rule_version, planned_at, started_at) values (gen_random_uuid(), $1, 1, now(), now())
             returning id",
        )
        .bind(rule)
        .fetch_one(&self.db)
        .await
        .expect("a run");
        let notified = sqlx::query(BY_HAND).bind(rule).bind(run).execute(&self.db).await.expect("rows");
        assert_eq!(notified.rows_affected() as i64, self.targets, "all is taken");
        sqlx::query("update pool_rule_run set status = 'DONE', finished_at = now() where id = $1")
            .bind(run)
            .execute(&self.db)
            .await
            .expect("a run");
    }

    /// Waits until all events are in the log.
    async fn wait_for_events(&self) {
        self.app.feed().ring();
        while count(&self.db, "event_outbox").await > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Gives the released customers back; not measured.
    async fn give_back(&self) {
        self.wait_for_events().await;
        run(&self.db, GIVE_BACK).await;
    }
}

async fn run(db: &PgPool, statements: &'static str) {
    // The statements run one by one, because some of them cannot run in a transaction.
    for statement in statements.split(';') {
        sqlx::raw_sql(statement).execute(db).await.expect("rows of the benchmark");
    }
}

async fn count(db: &PgPool, rows: &str) -> i64 {
    let count = sqlx::AssertSqlSafe(format!("select count(*) from {rows}"));
    sqlx::query_scalar(count).fetch_one(db).await.expect("a count")
}

async fn beside_one_statement(server: &Server) {
    let (mut us, mut them, mut grown) = (Figures::default(), Figures::default(), Vec::new());
    for _ in 0..ROUNDS {
        // The peak is measured from here on.
        std::fs::write("/proc/self/clear_refs", "5").expect("Linux");
        let before = memory("VmRSS");
        us.measure(server, server.run_rules()).await;
        grown.push((memory("VmHWM") - before) / 1024.0);
        server.give_back().await;
        them.measure(server, server.release_by_hand()).await;
        server.give_back().await;
    }
    println!("\ncustomers/s: Tidepool / one statement by hand");
    println!("  {:<40} {}", "until they are taken", compared(&us.taken, &them.taken));
    println!("  {:<40} {}", "until all is told", compared(&us.notified, &them.notified));
    println!("  {:<40} {:>7.1}", "the server's memory grows by, MB", median(grown));
}

/// Customers per second, until they are released and until all events are in the log.
#[derive(Default)]
struct Figures {
    taken: Vec<f64>,
    notified: Vec<f64>,
}

impl Figures {
    async fn measure(&mut self, server: &Server, work: impl Future<Output = ()>) {
        let started = Instant::now();
        let rate = || server.targets as f64 / started.elapsed().as_secs_f64();
        work.await;
        self.taken.push(rate());
        server.wait_for_events().await;
        self.notified.push(rate());
    }
}

/// Rates of other requests during a run and without one.
async fn beside_others(server: &Server, called: &str, ask: &Ask, connections: usize) {
    let (mut meanwhile, mut alone) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        for _ in 0..WINDOWS_ALONE {
            alone.push(rate(server.address, ask, connections, WINDOW).await);
        }
        let is_over = Cell::new(false);
        let running = async {
            server.run_rules().await;
            is_over.set(true);
        };
        let measuring = async {
            while !is_over.get() {
                meanwhile.push(rate(server.address, ask, connections, WINDOW).await);
            }
            // The run ended in the middle of this measurement.
            meanwhile.pop();
        };
        tokio::join!(running, measuring);
        server.give_back().await;
    }
    println!("  {called:<40} {}", compared(&meanwhile, &alone));
}

async fn claims(server: &Server) {
    let db = &server.db;
    let reps: Vec<Uuid> = sqlx::query_scalar(
        "select u.id from app_user u join user_role r on r.user_id = u.id where r.role = 'sales' and u.status = 'ACTIVE' order by u.id limit 64",
    )
    .fetch_all(db)
    .await
    .expect("demo data");
    let mut tokens = Vec::new();
    for rep in &reps {
        tokens.push(sign_in(db, *rep).await);
    }
    let ids: Vec<Uuid> =
        sqlx::query_scalar("select id from bench_free order by md5(id::text)").fetch_all(db).await.expect("demo data");
    let next = Arc::new(AtomicUsize::new(0));
    let ask: Ask = {
        let next = next.clone();
        Arc::new(move |_| {
            let place = next.fetch_add(1, Relaxed);
            let input = json!({"input": {"customerId": format!("customer_{}", ids[place % ids.len()])}});
            graphql(&tokens[place % tokens.len()], CLAIM, &input)
        })
    };
    let before = count(db, "customer_operation_log where type = 'CLAIM'").await;
    beside_others(server, "claims, 64 connections", &ask, 64).await;
    let claimed = count(db, "customer_operation_log where type = 'CLAIM'").await - before;
    assert_eq!(claimed as usize, next.load(Relaxed), "what was answered was claimed");
}

fn compared(us: &[f64], them: &[f64]) -> String {
    let (us, them) = (median(us.to_vec()), median(them.to_vec()));
    format!("{us:>7.0} / {them:>7.0} = {:.2}", us / them)
}
