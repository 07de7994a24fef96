//! Demo data: plausible companies, people and two years of history, the same for the same seed and moment.
//!
//! Rows are generated here, in chunks, and go to the database by COPY.

mod company;
mod copy;
mod history;
mod people;

use std::fmt;

use chrono::{DateTime, Utc};
use fastrand::Rng;
use sqlx::{PgConnection, PgPool};
use uuid::{Builder, Uuid};

use copy::Table;
pub use people::accounts;

/// The password of the demo accounts.
pub const PASSWORD: &str = "tidepool-demo";

/// How many customers are in memory at a time.
const CHUNK: u32 = 5_000;

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
    pub customers: usize,
    pub contacts: usize,
    pub operations: usize,
    pub extras: usize,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { users, customers, contacts, operations, extras } = self;
        write!(f, "{users} users, {customers} customers, {contacts} contacts, {operations} operations, {extras} extras")
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
    Password(#[source] crate::error::Error),
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
    let password = crate::people::hash_password(PASSWORD).await.map_err(SeedError::Password)?;
    let mut transaction = db.begin().await?;
    // A large load takes longer than a request may.
    sqlx::query!("select set_config('statement_timeout', '0', true)").fetch_one(&mut *transaction).await?;
    // Nobody watches yet: what is made here is no news.
    sqlx::query!("alter table customer disable trigger customer_entered").execute(&mut *transaction).await?;
    let staff = people::staff(plan);
    let mut report = Report { users: staff.len(), ..Report::default() };
    people::copy(&mut transaction, &staff, &password, plan).await?;
    let reps = people::reps(&staff);
    for start in (0..plan.customers).step_by(CHUNK as usize) {
        let end = start.saturating_add(CHUNK).min(plan.customers);
        copy_customers(&mut transaction, plan, &staff, &reps, start..end, &mut report).await?;
        tracing::info!(customers = end, of = plan.customers, "demo data");
    }
    sqlx::query!("alter table customer enable trigger customer_entered").execute(&mut *transaction).await?;
    transaction.commit().await?;
    for table in ["app_user", "customer", "customer_operation_log", "contact", "customer_extra"] {
        sqlx::query(sqlx::AssertSqlSafe(format!("analyze {table}"))).execute(db).await?;
    }
    Ok(report)
}

async fn copy_customers(
    db: &mut PgConnection,
    plan: &Plan,
    staff: &[people::Person],
    reps: &[usize],
    range: std::ops::Range<u32>,
    report: &mut Report,
) -> sqlx::Result<()> {
    let mut customers = Table::new(company::COLUMNS);
    let mut operations = Table::new(history::COLUMNS);
    let mut contacts = Table::new(company::CONTACT_COLUMNS);
    let mut extras = Table::new(company::EXTRA_COLUMNS);
    for number in range {
        // Each customer from a generator of its own: the same whatever is generated around it.
        let mut rng = Rng::with_seed(plan.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from(number));
        let history = history::of(&mut rng, number, plan, staff, reps);
        let customer = company::write(&mut customers, &mut rng, number, plan, &history);
        history.write(&mut operations, &mut rng, customer);
        company::write_contacts(&mut contacts, &mut rng, customer, number, history.created_at);
        company::write_extras(&mut extras, &mut rng, customer);
    }
    report.customers += customers.rows();
    report.operations += operations.rows();
    report.contacts += contacts.rows();
    report.extras += extras.rows();
    for table in [customers, operations, contacts, extras] {
        table.copy(db).await?;
    }
    Ok(())
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
