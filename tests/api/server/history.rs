//! Random work at two servers while servers, PostgreSQL and connections fail. Afterwards each answer is compared with what the
//! database has: what was acknowledged is there once, what was refused is not there, nothing is there by half, and the feed had each
//! event once and in order. `TIDEPOOL_HISTORY_SECONDS` is how long the failures last.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use fastrand::Rng;
use serde_json::{Value as Json, json};
use sqlx::PgPool;
use tidepool::kernel::clock::Clock;
use tidepool::kernel::config::Limits;
use tidepool::kernel::embedded::{Embedded, SERVER_ROLE};

use crate::support::pool_feed::{cursor, publish_events};
use crate::support::program::{
    Folder, ServerProcess, family_of, free_address, postmaster_of, signal, try_ask_with, try_send,
};
use crate::support::slow_network::SlowNetwork;
use crate::support::socket::Socket;
use crate::support::{Person, World, migrate};

const WORKERS: [&str; 6] = ["Ann", "Ben", "Cleo", "Dan", "Eve", "Fay"];
/// Few, so that the workers want the same ones.
const CUSTOMERS: usize = 8;
const WATCHERS: usize = 2;
const KINDS_OF_FAILURES: usize = 6;
/// How long the failures last.
const SECONDS: u64 = 20;
/// The most time that the servers need to be ready again.
const RECOVERY: Duration = Duration::from_secs(60);

fn seconds() -> Duration {
    let given = std::env::var("TIDEPOOL_HISTORY_SECONDS").ok();
    Duration::from_secs(given.map_or(SECONDS, |given| given.parse().unwrap()))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Claim,
    Release,
    FollowUp,
    Order,
    Payment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Acknowledged,
    Refused,
    /// No answer came, or the server does not know it.
    Unknown,
}

/// What a worker asked for, and what it got to know.
#[derive(Debug)]
struct Attempt {
    kind: Kind,
    /// What finds it in the database: the customer of a claim, the text of everything else.
    label: String,
    /// Since when the customer is owned, of a claim that was acknowledged. The owner may claim it again, which changes
    /// nothing.
    owned_since: Option<DateTime<Utc>>,
    outcome: Outcome,
}

/// An order of a worker, for its payments.
struct Order {
    id: String,
    version: i64,
}

/// Somebody who works at random: at either server, on any of the customers, without repeating what failed.
struct Worker {
    person: Person,
    customers: Arc<Vec<String>>,
    products: Arc<Vec<String>>,
    rng: Rng,
    /// The customers that it claimed last, of which some may be lost.
    mine: BTreeSet<String>,
    orders: Vec<Order>,
    history: Vec<Attempt>,
}

impl Worker {
    fn work(mut self, servers: [SocketAddr; 2], stop: &AtomicBool) -> (Person, Vec<Attempt>) {
        while !stop.load(Relaxed) {
            let server = servers[self.rng.usize(0..2)];
            self.attempt(server);
        }
        (self.person, self.history)
    }

    fn attempt(&mut self, server: SocketAddr) {
        let kinds = [Kind::Claim, Kind::Release, Kind::FollowUp, Kind::Order, Kind::Payment];
        let (mine, order) = (self.rng.choice(self.mine.clone()), self.rng.choice(0..self.orders.len()));
        let is_possible = |kind: &Kind| match kind {
            Kind::Payment => order.is_some(),
            // To release a customer again that one has released is no change, so nobody releases without having claimed.
            Kind::Release => mine.is_some(),
            _ => true,
        };
        let kind = self.rng.choice(kinds).filter(is_possible).unwrap_or(Kind::Claim);
        let any = self.customers[self.rng.usize(0..CUSTOMERS)].clone();
        let customer = mine.filter(|_| kind != Kind::Claim).unwrap_or(any);
        let text = format!("{} {}", self.person.name, self.history.len());
        let (mutation, input, selection) = match kind {
            Kind::Claim => ("claimCustomer", json!({"customerId": customer}), "customer { ownedSince }"),
            Kind::Release => ("releaseCustomer", json!({"customerId": customer, "remark": text}), "customer { id }"),
            Kind::FollowUp => {
                let input = json!({"customerId": customer, "channel": "PHONE", "content": text});
                ("recordFollowUp", input, "followUp { id }")
            }
            Kind::Order => {
                let lines = self.products.iter().map(|id| json!({"productId": id, "quantity": "2", "unitPrice": "50"}));
                let input = json!({"customerId": customer, "lines": lines.collect::<Vec<_>>(), "remark": text});
                ("createOrder", input, "order { id version }")
            }
            Kind::Payment => {
                let Order { id, version } = &self.orders[order.unwrap()];
                let input = json!({"orderId": id, "version": version, "amount": "1", "reference": text});
                ("recordPayment", input, "order { id version }")
            }
        };
        let query = format!(
            "mutation($input: {}{}Input!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ code }} }} }}",
            mutation[..1].to_uppercase(),
            &mutation[1..]
        );
        let answer = try_ask_with(server, &self.person.token, &query, &json!({"input": input}));
        let outcome = answer.as_ref().map_or(Outcome::Unknown, |answer| outcome_of(answer, mutation));
        let payload = answer.map(|mut answer| answer["data"][mutation].take()).unwrap_or_default();
        if let Some((id, version)) = order_of(&payload["order"]) {
            match order.filter(|_| kind == Kind::Payment) {
                // Also of one that was refused, because its version was too old.
                Some(order) => self.orders[order].version = version,
                None => self.orders.push(Order { id, version }),
            }
        }
        let owned_since = payload["customer"]["ownedSince"].as_str().map(|since| since.parse().unwrap());
        let owned_since = owned_since.filter(|_| outcome == Outcome::Acknowledged);
        match (kind, outcome) {
            (Kind::Claim, Outcome::Acknowledged) => _ = self.mine.insert(customer.clone()),
            (Kind::Release, _) => _ = self.mine.remove(&customer),
            _ => {}
        }
        if outcome == Outcome::Unknown {
            // What a killed server has sent to PostgreSQL may still be under way.
            std::thread::sleep(Duration::from_millis(100));
        }
        let label = if kind == Kind::Claim { customer } else { text };
        self.history.push(Attempt { kind, label, outcome, owned_since });
    }
}

fn order_of(order: &Json) -> Option<(String, i64)> {
    Some((order["id"].as_str()?.to_owned(), order["version"].as_i64()?))
}

/// What an answer says, by the documentation of its codes.
fn outcome_of(answer: &Json, mutation: &str) -> Outcome {
    match answer["errors"][0]["extensions"]["code"].as_str() {
        None if answer["data"][mutation]["userErrors"] == json!([]) => Outcome::Acknowledged,
        None | Some("UNAVAILABLE") => Outcome::Refused,
        Some("PAYLOAD_UNAVAILABLE") => Outcome::Acknowledged,
        Some("OUTCOME_UNKNOWN") => Outcome::Unknown,
        Some(other) => panic!("{other}: {answer}"),
    }
}

/// Follows the pool over all failures, behind its cursor, until a customer comes; returns the cursors of its events.
async fn watch(servers: [SocketAddr; 2], first: usize, token: String, start: Json, last: &str) -> Vec<String> {
    let (mut seen, mut cursor, mut place) = (Vec::new(), start, first);
    loop {
        place = 1 - place;
        let Ok(mut socket) = Socket::try_connect(servers[place], &token).await else { continue };
        let query = "subscription($after: String!) { poolChanged(after: $after) { cursor kind customer { name } } }";
        socket.begin(query, json!({"after": cursor})).await;
        // The subscriber gives up some connections, too.
        for _ in 0..fastrand::usize(20..200) {
            let Ok(message) = socket.receive_or_close().await else { break };
            if message["type"] == "error" {
                assert_eq!(message["payload"][0]["extensions"]["code"], "UNAVAILABLE", "{message}");
                break;
            }
            let event = &message["payload"]["data"]["poolChanged"];
            assert_ne!(event["kind"], "REFRESH", "{message}");
            cursor = event["cursor"].clone();
            seen.push(cursor.as_str().unwrap().to_owned());
            if event["customer"]["name"] == last {
                return seen;
            }
        }
    }
}

/// The cursors of all events of the pool behind a cursor.
async fn events_after(world: &World, start: &Json) -> Vec<String> {
    let (epoch, position) = start.as_str().unwrap().rsplit_once('_').unwrap();
    sqlx::query_scalar(
        "select $1 || '_' || position from event where topic = 'POOL' and position > $2::bigint order by position",
    )
    .bind(epoch)
    .bind(position.parse::<i64>().unwrap())
    .fetch_all(&world.db)
    .await
    .unwrap()
}

/// Compares what a worker got to know with what the database has of them.
async fn compare(world: &World, person: &Person, history: &[Attempt]) {
    let rows: Vec<(String, String, DateTime<Utc>)> = sqlx::query_as(
        "select 'Claim', 'customer_' || customer_id, at from customer_operation_log where type = 'CLAIM' and operator_user_id = $1
         union all select 'Release', remark, at from customer_operation_log where type = 'RELEASE' and operator_user_id = $1
         union all select 'FollowUp', content, at from followup where author_user_id = $1 and channel = 'PHONE'
         union all select 'Order', remark, ordered_at from sales_order where sold_by_user_id = $1
         union all select 'Payment', reference, recorded_at from payment where recorded_by = $1",
    )
    .bind(person.id.uuid())
    .fetch_all(&world.db)
    .await
    .unwrap();
    let mut made: BTreeMap<(&str, &str), Vec<DateTime<Utc>>> = BTreeMap::new();
    for (kind, label, at) in &rows {
        made.entry((kind, label)).or_default().push(*at);
    }
    let mut asked: BTreeMap<(String, &str), Vec<&Attempt>> = BTreeMap::new();
    for attempt in history {
        asked.entry((format!("{:?}", attempt.kind), &attempt.label)).or_default().push(attempt);
    }
    for ((kind, label), attempts) in &asked {
        let mut times = made.remove(&(kind, label)).unwrap_or_default();
        // A claim is known by its time, the others by their text, which is that of one attempt.
        let known: BTreeSet<_> = attempts.iter().filter_map(|attempt| attempt.owned_since).collect();
        for since in &known {
            let place = times.iter().position(|at| at == since);
            times.remove(place.unwrap_or_else(|| panic!("{}: the {kind} of {label} at {since} is lost", person.name)));
        }
        let unnamed = |outcome| attempts.iter().filter(|a| a.outcome == outcome && a.owned_since.is_none()).count();
        let (acknowledged, in_doubt) = (unnamed(Outcome::Acknowledged), unnamed(Outcome::Unknown));
        let least = if kind == "Claim" { 0 } else { acknowledged };
        assert!(
            (least..=acknowledged + in_doubt).contains(&times.len()),
            "{}: the {kind} of {label} is there {} times more, acknowledged {acknowledged} times, in doubt {in_doubt} times",
            person.name,
            times.len()
        );
    }
    assert!(made.is_empty(), "{}: nobody asked for {made:?}", person.name);
}

async fn until_ready(servers: [SocketAddr; 2]) {
    let started = Instant::now();
    let is_ready = move |server| {
        try_send(server, "GET /readyz HTTP/1.0\r\n\r\n").is_ok_and(|answer| answer.starts_with("HTTP/1.0 200"))
    };
    let waiting = tokio::task::spawn_blocking(move || {
        while !servers.into_iter().all(is_ready) {
            assert!(started.elapsed() < RECOVERY, "the servers are not ready");
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    waiting.await.unwrap();
}

/// What fails, one after another.
struct Failures {
    postgres: Embedded,
    network: SlowNetwork,
    servers: [ServerProcess; 2],
    start: Box<dyn Fn(usize) -> ServerProcess + Send>,
    happened: BTreeMap<&'static str, usize>,
}

impl Failures {
    fn happen(mut self, rng: &mut Rng) -> Self {
        let ends = Instant::now() + seconds();
        let mut round = Vec::new();
        while Instant::now() < ends {
            if round.is_empty() {
                round.extend(0..KINDS_OF_FAILURES);
                rng.shuffle(&mut round);
            }
            std::thread::sleep(Duration::from_millis(rng.u64(200..1_200)));
            let place = rng.usize(0..2);
            let what = match round.pop().unwrap() {
                0 => {
                    self.servers[place].stop("-KILL");
                    self.servers[place] = (self.start)(place);
                    "a server is killed"
                }
                1 => {
                    self.postgres.kill().unwrap();
                    self.postgres.start_again().unwrap();
                    "PostgreSQL is killed"
                }
                2 => {
                    self.network.cut();
                    "connections are cut"
                }
                3 => {
                    signal("-STOP", &[self.servers[place].id().to_string()]);
                    std::thread::sleep(Duration::from_millis(rng.u64(200..2_500)));
                    signal("-CONT", &[self.servers[place].id().to_string()]);
                    "a server stands still"
                }
                4 => {
                    let everybody = self.postgres_processes();
                    signal("-STOP", &everybody);
                    std::thread::sleep(Duration::from_millis(rng.u64(200..2_500)));
                    signal("-CONT", &everybody);
                    "PostgreSQL stands still"
                }
                _ => {
                    self.servers[place].stop("-TERM");
                    self.servers[place] = (self.start)(place);
                    "a server is restarted"
                }
            };
            *self.happened.entry(what).or_default() += 1;
        }
        self
    }

    fn postgres_processes(&self) -> Vec<String> {
        let socket = self.postgres.connect_options().get_socket().unwrap().clone();
        family_of(&postmaster_of(&socket.join(".s.PGSQL.5432.lock")))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_and_nothing_else_after_any_failures() {
    let postgres = Embedded::start_durable_throwaway().await.unwrap();
    let database = postgres.connect_options();
    migrate(&database).await;
    let world = World::on(database.clone(), Clock::database(), Limits::default()).await;
    for statement in [
        "update customer_pool_rule set enabled = false",
        "update setting set protection_period_seconds = 0, max_owned_customers = null, max_claims_per_day = null,
             previous_owner_cooldown_seconds = null, max_reveals_per_day = null, quick_release_seconds = null, claim_opens = null",
    ] {
        sqlx::query(statement).execute(&world.db).await.unwrap();
    }
    let mut people = Vec::new();
    for name in WORKERS {
        people.push(world.person_with(name, &["sales", "finance"], None).await);
    }
    let admin = world.admin().await;
    let mut customers = Vec::new();
    for number in 0..CUSTOMERS {
        customers.push(world.pooled(&format!("Company {number}")).await.as_str().unwrap().to_owned());
    }
    let mut products = Vec::new();
    for sku in ["A", "B"] {
        let input = json!({"sku": sku, "name": sku, "unit": "piece", "unitPrice": "50"});
        let product = admin.act("createProduct", input, "product { id }").await["product"]["id"].clone();
        products.push(product.as_str().unwrap().to_owned());
    }
    let (customers, products) = (Arc::new(customers), Arc::new(products));
    publish_events(&world).await;
    let start = cursor(&people[0]).await;
    world.app.close().await;

    // The second server reaches PostgreSQL over a slow network. Each keeps its address when it starts again.
    let network = SlowNetwork::to(&database);
    let data = Folder::new("history");
    let urls = [database.get_socket().unwrap(), network.path()]
        .map(|socket| format!("postgres:///tidepool?host={}&user={SERVER_ROLE}", socket.display()));
    let addresses = [free_address(), free_address()];
    let folder = data.0.clone();
    let start_server = move |place: usize| {
        let listen = addresses[place].to_string();
        ServerProcess::start_with(&folder, &["--no-migrate", "--database-url", &urls[place], "--listen", &listen])
    };
    let failures = tokio::task::spawn_blocking(move || {
        let servers = [start_server(0), start_server(1)];
        Failures { postgres, network, servers, start: Box::new(start_server), happened: BTreeMap::default() }
    });
    let failures = failures.await.unwrap();

    let stop = Arc::new(AtomicBool::new(false));
    let last = "The last one";
    let watchers: Vec<_> = (0..WATCHERS)
        .map(|number| tokio::spawn(watch(addresses, number, people[0].token.clone(), start.clone(), last)))
        .collect();
    let workers: Vec<_> = people
        .into_iter()
        .zip(0..)
        .map(|(person, seed)| {
            let (customers, products, stop) = (customers.clone(), products.clone(), stop.clone());
            let rng = Rng::with_seed(seed);
            let worker = Worker {
                person,
                customers,
                products,
                rng,
                mine: BTreeSet::new(),
                orders: Vec::new(),
                history: Vec::new(),
            };
            tokio::task::spawn_blocking(move || worker.work(addresses, &stop))
        })
        .collect();
    let failures = tokio::task::spawn_blocking(move || failures.happen(&mut Rng::with_seed(7))).await.unwrap();
    stop.store(true, Relaxed);
    let mut histories = Vec::new();
    for worker in workers {
        histories.push(worker.await.unwrap());
    }

    until_ready(addresses).await;
    // The connections of the test are from before the failures.
    let world = World { db: PgPool::connect_with(database).await.unwrap(), ..world };
    world.pooled(last).await;
    for watcher in watchers {
        let seen = watcher.await.unwrap();
        assert_eq!(seen, events_after(&world, &start).await, "each event once and in order");
    }
    for (person, history) in &histories {
        compare(&world, person, history).await;
    }
    world.assert_sound().await;

    // It was no idle time.
    let all = || histories.iter().flat_map(|(_, history)| history);
    for kind in [Kind::Claim, Kind::Release, Kind::FollowUp, Kind::Order, Kind::Payment] {
        let made = all().filter(|attempt| (attempt.kind, attempt.outcome) == (kind, Outcome::Acknowledged)).count();
        assert!(made >= 5, "{made} of {kind:?}");
    }
    let of = |outcome| all().filter(|attempt| attempt.outcome == outcome).count();
    println!(
        "{:?}; {} acknowledged, {} refused, {} in doubt",
        failures.happened,
        of(Outcome::Acknowledged),
        of(Outcome::Refused),
        of(Outcome::Unknown)
    );
    assert!(failures.happened.len() == KINDS_OF_FAILURES && of(Outcome::Unknown) > 0, "{:?}", failures.happened);
}
