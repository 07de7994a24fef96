//! Demo data: plausible companies, people and two years of history, the same for the same seed and moment.
//!
//! Rows are generated here, in chunks, and go to the database by COPY.

mod acts;
mod chunk;
mod company;
mod copy;
mod feedback;
mod firm;
mod followups;
mod history;
mod load;
mod opportunities;
mod orders;
mod people;
mod products;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use sqlx::PgPool;
use uuid::{Builder, Uuid};

pub use acts::act;
use chunk::Chunk;
use firm::Firm;
use load::PutAside;
pub use load::TABLES;
pub use people::accounts;

/// The password of the demo accounts.
pub const PASSWORD: &str = "tidepool-demo";

/// How many customers are in memory at a time.
const CHUNK: u32 = 2_000;

/// How often it is told how far it is.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// What to make.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How many customers.
    pub customers: u32,
    /// The same number makes the same data.
    pub seed: u64,
    /// The present: history ends here.
    pub now: DateTime<Utc>,
}

impl Plan {
    /// What `serve --demo` fills in.
    pub fn demo(now: DateTime<Utc>) -> Self {
        Self { customers: 2_500, seed: 1, now }
    }
}

/// What was made.
#[derive(Debug, Default, Clone, PartialEq)]
#[expect(missing_docs, reason = "they are counts of what they are named after")]
pub struct Report {
    pub users: usize,
    pub products: usize,
    pub customers: usize,
    pub contacts: usize,
    pub operations: usize,
    pub extras: usize,
    pub opportunities: usize,
    pub followups: usize,
    pub orders: usize,
    pub feedback: usize,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { users, products, customers, contacts, operations, extras, .. } = self;
        write!(
            f,
            "{users} users, {products} products, {customers} customers, {contacts} contacts, {operations} operations, "
        )?;
        let Self { opportunities, followups, orders, feedback, .. } = self;
        write!(
            f,
            "{extras} extras, {opportunities} opportunities, {followups} follow-ups, {orders} orders, {feedback} feedback"
        )
    }
}

/// Why nothing was made.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// There is something already.
    #[error("demo data goes into an empty installation alone: there are customers or users already")]
    NotEmpty,
    /// A password could not be hashed.
    #[error("the password of the demo accounts can't be hashed")]
    Password(#[source] crate::kernel::error::Error),
    /// What was made breaks a rule.
    #[error("the demo data is not sound: {0}, but not here")]
    Unsound(&'static str),
    /// It could not be made.
    #[error("the demo data can't be made")]
    Making(#[from] tokio::task::JoinError),
    /// The database refused.
    #[error("the database can't be filled")]
    Database(#[from] sqlx::Error),
}

/// Whether there are neither customers nor users.
pub async fn is_empty(db: &PgPool) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"select not exists (select from customer) and not exists (select from app_user) as "empty!""#)
        .fetch_one(db)
        .await
}

/// Whether accounts can sign in whose password everybody knows.
pub async fn has_demo_accounts(db: &PgPool) -> sqlx::Result<bool> {
    let emails: Vec<_> = accounts().map(|(email, _)| email).collect();
    sqlx::query_scalar!(
        r#"select exists (select from app_user where email = any($1) and status = 'ACTIVE') as "exists!""#,
        &emails
    )
    .fetch_one(db)
    .await
}

/// Fills an empty installation, all or nothing.
pub async fn seed(db: &PgPool, plan: &Plan) -> Result<Report, SeedError> {
    if !is_empty(db).await? {
        return Err(SeedError::NotEmpty);
    }
    let password = crate::crm::people::hash_password(PASSWORD).await.map_err(SeedError::Password)?;
    let mut transaction = db.begin().await?;
    // A large load takes longer than a request may.
    sqlx::query!("select set_config('statement_timeout', '0', true)").fetch_one(&mut *transaction).await?;
    let firm = Arc::new(Firm::of(plan.clone()));
    let mut report = Report { users: firm.staff.len(), products: firm.products.len(), ..Report::default() };
    people::copy(&mut transaction, &firm.staff, &password, plan).await?;
    products::copy(&mut transaction, &firm.products).await?;
    let aside = PutAside::from(&mut transaction).await?;
    let (begun, mut told, mut rows) = (Instant::now(), Instant::now(), 0);
    let mut chunks =
        (0..plan.customers).step_by(CHUNK as usize).map(|start| start..start.saturating_add(CHUNK).min(plan.customers));
    let make = |numbers: Range<u32>| {
        let firm = firm.clone();
        tokio::task::spawn_blocking(move || (numbers.end, Chunk::of(&firm, numbers)))
    };
    // While one chunk is copied, the next is made.
    let mut making = chunks.next().map(make);
    while let Some(made) = making {
        let (done, chunk) = made.await?;
        making = chunks.next().map(make);
        rows += chunk.copy(&mut transaction, &mut report).await?;
        if told.elapsed() > TELL_EVERY {
            told = Instant::now();
            tell(begun.elapsed(), done, plan.customers, rows);
        }
    }
    tracing::info!(rows, "demo data: copied; indexes and checks follow");
    history::write_batches(&mut transaction).await?;
    aside.put_back(&mut transaction).await?;
    load::check(&mut transaction, plan.customers.into()).await?;
    transaction.commit().await?;
    load::analyze(db).await?;
    Ok(report)
}

/// Tells how far it is.
fn tell(taken: Duration, done: u32, of: u32, rows: usize) {
    let seconds = taken.as_secs_f64();
    let left = seconds * f64::from(of - done) / f64::from(done);
    tracing::info!(
        customers = done,
        of,
        rows,
        rows_per_second = (rows as f64 / seconds).round(),
        seconds_left = left.round(),
        "demo data"
    );
}

/// A UUIDv7 of this moment, from our own chance.
fn id_at(rng: &mut Rng, at: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or_default();
    let mut bytes = [0; 10];
    rng.fill(&mut bytes);
    Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
}

/// One of several, by chance.
fn one_of<'a, T>(rng: &mut Rng, all: &'a [T]) -> &'a T {
    &all[rng.usize(..all.len())]
}

/// Whether something happens that happens so often in a hundred times.
fn chance(rng: &mut Rng, percent: u8) -> bool {
    rng.u8(..100) < percent
}

/// A moment from one on, before another.
fn between(rng: &mut Rng, start: DateTime<Utc>, end: DateTime<Utc>) -> DateTime<Utc> {
    start + TimeDelta::microseconds(rng.i64(0..(end - start).num_microseconds().unwrap_or(0).max(1)))
}

/// Some hours later.
fn after(rng: &mut Rng, at: DateTime<Utc>, hours: Range<i64>) -> DateTime<Utc> {
    const HOUR: i64 = 3_600_000_000;
    at + TimeDelta::microseconds(rng.i64(hours.start * HOUR..hours.end * HOUR))
}
