//! Servers, people and customers for tests. One PostgreSQL for the whole run, and a separate database for each test.

pub mod condition;
pub mod dump;
pub mod files;
pub mod issuer;
pub mod mailbox;
pub mod oracle;
pub mod plans;
pub mod pool_feed;
pub mod program;
pub mod random;
pub mod receiver;
pub mod replica;
pub mod sign_in;
pub mod slow_network;
pub mod socket;
pub mod watcher;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use chrono::{DateTime, TimeDelta, Utc};
use http_body_util::BodyExt;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgPool};
use tidepool::crm::people::installation;
use tidepool::kernel::app::{App, Setup};
use tidepool::kernel::clock::Clock;
use tidepool::kernel::config::Limits;
use tidepool::kernel::embedded::{Embedded, SERVER_ROLE};
use tidepool::kernel::id::{UserId, new_uuid};
use tower::ServiceExt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use uuid::Uuid;

/// The time at which the clock of every test starts: a Monday morning in Shanghai.
pub fn monday() -> DateTime<Utc> {
    "2026-03-02T01:00:00Z".parse().unwrap()
}

/// The PostgreSQL of this run, with a migrated database to copy.
pub fn cluster() -> &'static Embedded {
    static CLUSTER: OnceLock<Embedded> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        // Not in the runtime of the first test, because that runtime ends with the test.
        std::thread::spawn(|| {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async {
                let cluster =
                    Embedded::start_throwaway().await.expect("PostgreSQL's programs are installed (make setup)");
                migrate(&cluster.connect_options()).await;
                // Pool rules are disabled, so that they act only in tests that enable one.
                let mut template = cluster.connect_options().connect().await.unwrap();
                sqlx::query("update customer_pool_rule set enabled = false").execute(&mut template).await.unwrap();
                // Claims have no limits, except in tests that set one.
                sqlx::query("update setting set max_owned_customers = null, max_claims_per_day = null")
                    .execute(&mut template)
                    .await
                    .unwrap();
                // Each test has a log of its own, and cursors can be written down.
                sqlx::query("update installation set epoch = '00000000'").execute(&mut template).await.unwrap();
                template.close().await.unwrap();
                cluster
            })
        })
        .join()
        .unwrap()
    })
}

/// The database for the role of the servers, which owns nothing. Every test runs as it.
pub fn server_role(database: &PgConnectOptions) -> PgConnectOptions {
    database.clone().username(SERVER_ROLE)
}

/// Brings the schema of a database up to date.
pub async fn migrate(database: &PgConnectOptions) {
    installation::migrate(database, &server_role(database)).await.unwrap();
}

/// A copy of the migrated database.
pub async fn fresh_database() -> PgConnectOptions {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    // PostgreSQL copies a template once at a time; taking turns is quicker than retries.
    static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let _turn = TURN.lock().await;
    let mut maintenance = cluster().connect_options().database("postgres").connect().await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("create database {name} template tidepool")))
        .execute(&mut maintenance)
        .await
        .unwrap();
    maintenance.close().await.unwrap();
    cluster().connect_options().database(&name)
}

/// A server with its own database.
pub struct World {
    pub app: Arc<App>,
    pub router: Router,
    pub clock: Clock,
    pub database: PgConnectOptions,
    /// Direct access to the database, to check and to prepare rows.
    pub db: PgPool,
}

impl World {
    pub async fn new() -> Self {
        Self::with_limits(Limits::default()).await
    }

    pub async fn with_limits(limits: Limits) -> Self {
        Self::on(fresh_database().await, Clock::manual(monday()), limits).await
    }

    /// A server on an existing database.
    pub async fn on(database: PgConnectOptions, clock: Clock, limits: Limits) -> Self {
        Self::as_role(server_role(&database), database, clock, limits).await
    }

    /// A server that connects to the database as a role of choice.
    pub async fn as_role(server: PgConnectOptions, database: PgConnectOptions, clock: Clock, limits: Limits) -> Self {
        Self::of(Setup::of(server, 43, limits, clock), database).await
    }

    /// A server with settings of choice.
    pub async fn of(setup: Setup, database: PgConnectOptions) -> Self {
        // RUST_LOG=tidepool=info shows what the server would log.
        let logs = tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env());
        let _ = logs.with_test_writer().try_init();
        let clock = setup.clock.clone();
        let app = App::open(setup).await.unwrap();
        tidepool::jobs::start(&app).await.unwrap();
        let db = PgPoolOptions::new().max_connections(4).connect_with(database.clone()).await.unwrap();
        Self { router: tidepool::server::http::router(app.clone()), app, clock, database, db }
    }

    /// Another server on the same database, with the same clock.
    pub async fn second_server(&self) -> Self {
        Self::on(self.database.clone(), self.clock.clone(), Limits::default()).await
    }

    pub fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// Somebody with a role, signed in.
    pub async fn person(&self, name: &str, role: &str, manager: Option<&Person>) -> Person {
        self.person_with(name, &[role], manager).await
    }

    /// Somebody with these roles, signed in for a year. Only the tests of sign-in use the API for it.
    pub async fn person_with(&self, name: &str, roles: &[&str], manager: Option<&Person>) -> Person {
        let (id, token) = (new_uuid(self.clock.now()), format!("token-of-{name}-{}", new_uuid(self.clock.now())));
        let now = self.clock.now();
        let manager = manager.map(|manager| manager.id.uuid());
        let email = format!("{}@example.com", name.to_lowercase());
        sqlx::query("insert into app_user (id, email, name, manager_id, created_at, updated_at) values ($1, $2, $3, $4, $5, $5)")
            .bind(id).bind(email).bind(name).bind(manager).bind(now).execute(&self.db).await.unwrap();
        sqlx::query("insert into user_manager_history (user_id, manager_id, valid_from) values ($1, $2, $3)")
            .bind(id)
            .bind(manager)
            .bind(now)
            .execute(&self.db)
            .await
            .unwrap();
        for role in roles {
            sqlx::query("insert into user_role (user_id, role) values ($1, $2)")
                .bind(id)
                .bind(role)
                .execute(&self.db)
                .await
                .unwrap();
        }
        self.signed_in(id, name, token).await
    }

    /// An existing user, signed in.
    pub async fn existing_user(&self, email: &str) -> Person {
        let id = sqlx::query_scalar("select id from app_user where email = $1")
            .bind(email)
            .fetch_one(&self.db)
            .await
            .unwrap();
        self.signed_in(id, email, format!("token-of-{id}")).await
    }

    pub async fn signed_in(&self, id: Uuid, name: &str, token: String) -> Person {
        let now = self.clock.now();
        let session = new_uuid(now);
        sqlx::query(
            "with opened as (
                 insert into session (id, user_id, access_expires_at, family_hash, next_refresh_hashes, created_at, expires_at,
                                      last_used_at, network)
                 values ($1, $2, $4, $5, array[$5], $6, $4, $6, 'elsewhere'))
             insert into access_token (hash, session_id, expires_at) values ($3, $1, $4)",
        )
        .bind(session)
        .bind(id)
        .bind(Sha256::digest(token.as_bytes()).to_vec())
        .bind(now + TimeDelta::days(365))
        .bind(Sha256::digest(format!("refresh-{token}").as_bytes()).to_vec())
        .bind(now)
        .execute(&self.db)
        .await
        .unwrap();
        self.app.follow().await.unwrap();
        Person { id: id.into(), name: name.to_owned(), token, session, router: self.router.clone() }
    }

    pub async fn sales(&self, name: &str) -> Person {
        self.person(name, "sales", None).await
    }

    pub async fn admin(&self) -> Person {
        self.person("Ada", "admin", None).await
    }

    /// A client without a token.
    pub fn nobody(&self) -> Person {
        Person {
            id: Uuid::nil().into(),
            name: String::new(),
            token: String::new(),
            session: Uuid::nil(),
            router: self.router.clone(),
        }
    }

    /// A customer that is claimable now, entered by marketing.
    pub async fn pooled(&self, name: &str) -> Json {
        let mark = match sqlx::query_scalar::<_, i64>("select count(*) from app_user where email = 'mark@example.com'")
            .fetch_one(&self.db)
            .await
            .unwrap()
        {
            0 => Some(self.person("Mark", "marketing", None).await),
            _ => None,
        };
        let id = match mark {
            Some(mark) => mark.create(name).await,
            None => self.pooled_in_database(name).await,
        };
        json!(id)
    }

    async fn pooled_in_database(&self, name: &str) -> String {
        let (id, now) = (new_uuid(self.clock.now()), self.clock.now());
        let mark: Uuid = sqlx::query_scalar("select id from app_user where email = 'mark@example.com'")
            .fetch_one(&self.db)
            .await
            .unwrap();
        sqlx::query(
            "with created as (insert into customer (id, name, name_key, source, pool_entry_time, created_by, created_at, updated_at)
                              values ($1, $2, $3, 'WEBSITE', $4, $5, $4, $4))
             insert into customer_operation_log (id, customer_id, operator_user_id, type, cause, at) values ($1, $1, $5, 'CREATE', 'MANUAL', $4)",
        )
        .bind(id).bind(name).bind(tidepool::crm::customer::name_key(name)).bind(now).bind(mark).execute(&self.db).await.unwrap();
        format!("customer_{id}")
    }

    /// The single value of a statement.
    pub async fn sql<T>(&self, text: &str) -> T
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
    {
        sqlx::query_scalar::<_, T>(sqlx::AssertSqlSafe(text.to_owned())).fetch_one(&self.db).await.unwrap()
    }

    /// Checks the invariants of every row and of the operation log.
    pub async fn assert_sound(&self) {
        let unexplained: i64 = self
            .sql(
                "select count(*) from customer c
                 -- Sorted once: looking the last one up for each customer would read the whole log each time.
                 join (select distinct on (whose) coalesce(merged_from, customer_id) as whose, new_owner_user_id, at, cause
                       from customer_operation_log where type = 'CREATE' or previous_owner_user_id is distinct from new_owner_user_id
                       order by whose, at desc, id desc) l on l.whose = c.id
                 where l.new_owner_user_id is distinct from c.owner_user_id
                       or l.at <> coalesce(c.owned_since, c.pool_entry_time) and l.cause not in ('IMPORT', 'UNDO')",
            )
            .await;
        assert_eq!(unexplained, 0, "the log explains every owner");
        let unlogged: i64 = self.sql("select count(*) from customer c where not exists (select from customer_operation_log l where coalesce(l.merged_from, l.customer_id) = c.id)").await;
        assert_eq!(unlogged, 0, "every customer has a log");
        let broken: i64 = self
            .sql(
                "select count(*) from (select previous_owner_user_id, type,
                        lag(new_owner_user_id) over (partition by coalesce(merged_from, customer_id) order by at, id) as before from customer_operation_log) l
                 where type <> 'CREATE' and previous_owner_user_id is distinct from before",
            )
            .await;
        assert_eq!(broken, 0, "each step of the log begins where the last one ended");
        let wrong_clocks: i64 = self
            .sql(
                "select count(*) from customer c cross join lateral (
                     select min(f.at) as first, max(f.at) as last from followup f where f.customer_id = c.id and f.at >= c.owned_since) f
                 where (c.first_followup_time, c.last_followup_time) is distinct from (f.first, f.last)
                     -- Who stays in a merge keeps their clocks, whatever came over; who came from another system has those of
                     -- there, and who was given back those of before.
                     and not exists (select from customer m where m.merged_into = c.id)
                     and not exists (select from customer_operation_log l where l.customer_id = c.id and l.cause in ('IMPORT', 'UNDO'))",
            )
            .await;
        assert_eq!(wrong_clocks, 0, "the clocks of an ownership are those of its follow-ups");
        let wrong_plans: i64 = self
            .sql(
                "select count(*) from customer c
                 where c.next_contact_at is distinct from (
                     select min(t.due_at) from task t where t.customer_id = c.id and t.owner_user_id = c.owner_user_id and t.status = 'OPEN')",
            )
            .await;
        assert_eq!(wrong_plans, 0, "the next contact is when the earliest open task of the owner is due");
        let left_open: i64 = self
            .sql(
                "select count(*) from task t join customer c on c.id = t.customer_id join app_user u on u.id = t.owner_user_id
                 where t.status = 'OPEN' and (c.archived_at is not null or u.status <> 'ACTIVE')",
            )
            .await;
        assert_eq!(left_open, 0, "no task is open of an archived customer, or of a user who left");
        let untold_tasks: i64 = self
            .sql(
                "select count(*) from task t where not exists (
                     select from task_step s where s.task_id = t.id and s.customer_id = t.customer_id
                         and (s.due_at, s.owner_user_id) = (t.due_at, t.owner_user_id)
                         and s.action = any(case t.status when 'DONE' then array['COMPLETE'] when 'CANCELLED' then array['CANCEL']
                                            else array['CREATE', 'MOVE', 'HAND_OVER', 'REOPEN'] end)
                         and s.version = (select max(version) from task_step l where l.task_id = t.id))",
            )
            .await;
        assert_eq!(untold_tasks, 0, "the last step of a task is what it is now");
        let untold_edits: i64 = self
            .sql(
                "select count(*) from customer c
                 cross join lateral (values ('name', c.name), ('creditCode', c.credit_code), ('region', c.region), ('level', c.level)) v (field, now)
                 cross join lateral (
                     select e.after from edit e
                     where e.customer_id = c.id and e.field = v.field and e.merged_from is null and e.contact_id is null
                     order by e.at desc, e.id desc limit 1) l
                 where l.after is distinct from edit_value(v.now)",
            )
            .await;
        assert_eq!(untold_edits, 0, "the last edit of a field is what it is now");
        let wrong_totals: i64 = self
            .sql("select count(*) from sales_order o where total_amount <> (select coalesce(sum(l.amount), 0) from order_product l where l.order_id = o.id)")
            .await;
        assert_eq!(wrong_totals, 0, "the total of an order is the sum of its lines");
        let untold: i64 = self
            .sql(
                "select count(*) from sales_opportunity o left join opportunity_history h on h.opportunity_id = o.id and h.valid_to is null
                 where (h.stage, h.owner_user_id, h.amount, h.close_date, h.probability)
                     is distinct from (o.stage, o.owner_user_id, o.amount, o.close_date, o.probability)",
            )
            .await;
        assert_eq!(untold, 0, "the last version of the history is the opportunity");
    }
}

/// Somebody who uses the API.
#[derive(Clone)]
pub struct Person {
    pub id: UserId,
    pub name: String,
    pub token: String,
    pub session: Uuid,
    pub router: Router,
}

impl Person {
    /// The same person at another server.
    pub fn at(&self, world: &World) -> Self {
        Self { router: world.router.clone(), ..self.clone() }
    }

    /// The whole response.
    pub async fn ask_with(&self, query: &str, variables: Json) -> Json {
        self.ask_in("en", query, variables).await
    }

    /// The whole response, in a language.
    pub async fn ask_in(&self, language: &str, query: &str, variables: Json) -> Json {
        let body = json!({"query": query, "variables": variables}).to_string();
        let mut request =
            Request::post("/graphql").header("content-type", "application/json").header("accept-language", language);
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        let (status, json) = self.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(status, StatusCode::OK, "{json}");
        json
    }

    pub async fn send(&self, request: Request<Body>) -> (StatusCode, Json) {
        let response = self.send_raw(request).await;
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or_else(|_| json!(String::from_utf8_lossy(&bytes))))
    }

    pub async fn send_raw(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// The data of a response without errors.
    pub async fn ask(&self, query: &str) -> Json {
        self.data(query, json!({})).await
    }

    pub async fn data(&self, query: &str, variables: Json) -> Json {
        let answer = self.ask_with(query, variables).await;
        assert!(answer.get("errors").is_none(), "{query}\n{answer}");
        answer["data"].clone()
    }

    /// The code of the first top-level error of a response.
    pub async fn refused(&self, query: &str, variables: Json) -> String {
        let answer = self.ask_with(query, variables).await;
        answer["errors"][0]["extensions"]["code"]
            .as_str()
            .unwrap_or_else(|| panic!("no error: {query}\n{answer}"))
            .to_owned()
    }

    /// The payload of a mutation with one input.
    pub async fn act(&self, mutation: &str, input: Json, selection: &str) -> Json {
        let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let query = format!(
            "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ code message path until limit owner }} }} }}"
        );
        self.data(&query, json!({"input": input})).await[mutation].clone()
    }

    /// The code of the first refusal of a mutation; empty if it succeeded.
    pub async fn outcome(&self, mutation: &str, input: Json) -> String {
        let payload = self.act(mutation, input, "__typename").await;
        payload["userErrors"][0]["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The code of each item of a batch; empty if it succeeded.
    pub async fn outcomes(&self, mutation: &str, input: Json) -> Vec<String> {
        let payload = self.act(mutation, input, "results { userErrors { code } }").await;
        let results = payload["results"].as_array().unwrap();
        results.iter().map(|result| result["userErrors"][0]["code"].as_str().unwrap_or_default().to_owned()).collect()
    }

    pub async fn claim(&self, customer: &Json) -> String {
        self.outcome("claimCustomer", json!({"customerId": customer})).await
    }

    pub async fn release(&self, customer: &Json) -> String {
        self.outcome("releaseCustomer", json!({"customerId": customer})).await
    }

    /// Creates a customer, also if others are similar; returns its id.
    pub async fn create(&self, name: &str) -> String {
        let input = json!({"name": name, "source": "WEBSITE", "notDuplicate": true});
        let payload = self.act("createCustomer", input, "customer { id }").await;
        payload["customer"]["id"].as_str().unwrap_or_else(|| panic!("{payload}")).to_owned()
    }

    pub async fn contact(&self, customer: &Json, name: &str, phone: &str, email: &str) -> Json {
        let input =
            json!({"customerId": customer, "name": name, "phones": [phone], "emails": [email], "wechat": "wx_1"});
        self.act("createContact", input, "contact { id version }").await["contact"].clone()
    }

    pub fn gid(&self) -> String {
        self.id.to_string()
    }
}

/// JSON on many lines, for snapshots.
pub fn pretty(json: &Json) -> String {
    serde_json::to_string_pretty(json).unwrap()
}

/// The statements that this test's thread sends to the database, without those of background work.
pub struct Statements {
    statements: Arc<Mutex<Vec<Sent>>>,
    looks: Arc<AtomicU32>,
    _listening: tracing::subscriber::DefaultGuard,
}

impl Statements {
    pub fn listen() -> Self {
        let (statements, looks) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicU32::new(0)));
        let listening = tracing_subscriber::registry().with(Listener(statements.clone(), looks.clone())).set_default();
        Self { statements, looks, _listening: listening }
    }

    /// How often the server has looked whether the directory has changed.
    pub fn looks(&self) -> u32 {
        self.looks.load(Ordering::Relaxed)
    }

    /// The beginnings of the statements.
    pub fn sent(&self) -> Vec<String> {
        self.statements.lock().unwrap().iter().map(|sent| sent.summary.clone()).collect()
    }

    /// The statements from beginning to end.
    pub fn whole(&self) -> Vec<String> {
        let whole = |sent: &Sent| if sent.text.is_empty() { sent.summary.clone() } else { sent.text.clone() };
        self.statements.lock().unwrap().iter().map(whole).collect()
    }

    /// How many statements had a text in them, and how many rows these returned.
    pub fn with(&self, part: &str) -> (usize, u64) {
        let statements = self.statements.lock().unwrap();
        let found = statements.iter().filter(|sent| sent.text.contains(part) || sent.summary.contains(part));
        found.fold((0, 0), |(count, rows), sent| (count + 1, rows + sent.rows))
    }
}

#[derive(Default)]
struct Sent {
    summary: String,
    /// Empty if the summary is the whole statement.
    text: String,
    /// How many rows it returned.
    rows: u64,
}

impl tracing::field::Visit for Sent {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        let text = || format!("{value:?}").trim_matches('"').to_owned();
        match field.name() {
            "summary" => self.summary = text(),
            "db.statement" => self.text = text(),
            "rows_returned" => self.rows = text().parse().unwrap(),
            _ => {}
        }
    }
}

struct Listener(Arc<Mutex<Vec<Sent>>>, Arc<AtomicU32>);

/// The beginning of the statement that looks whether the directory has changed.
const LOOK: &str = "select d.revision";

/// The beginnings of the statements of background work, which may run at any time.
const BACKGROUND: [&str; 18] = [
    LOOK,
    "with here as",
    "select time_zone, exists",
    "select set_config('statement_timeout'",
    "select keep_sales_analysis",
    "select set_config('plan_cache_mode'",
    "with taken",
    "with due as",
    "with waiting as",
    "with failed as",
    "select coalesce(array_agg(position",
    "select min(protection_due)",
    "select min(reminder_due)",
    "select id as \\\"import",
    "select min(planned_at)",
    "select p.id",
    // A session is looked up again when that was half a second ago.
    "select s.id as \\\"id:",
    "COMMIT",
];

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Listener {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        if event.metadata().target() == "sqlx::query" {
            let mut sent = Sent::default();
            event.record(&mut sent);
            self.1.fetch_add(u32::from(sent.summary.starts_with(LOOK)), Ordering::Relaxed);
            if !BACKGROUND.iter().any(|unasked| sent.summary.starts_with(unasked)) {
                self.0.lock().unwrap().push(sent);
            }
        }
    }
}

/// Repeats a question until it is true; returns how long that took. It fails after 30 seconds, only so that a test
/// ends: this is no expectation of how soon the answer becomes true.
pub async fn until(mut asks: impl AsyncFnMut() -> bool) -> Duration {
    let started = Instant::now();
    while !asks().await {
        assert!(started.elapsed() < Duration::from_secs(30), "it never came");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    started.elapsed()
}
