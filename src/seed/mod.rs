//! Demo data: plausible companies, people and two years of history, the same for the same seed and moment.
//!
//! Rows are generated in chunks of customers and copied into the database (COPY). What is too rare to be generated is
//! then done through operations ([`run_scenario`]).

mod chunk;
mod company;
mod copy;
mod expected;
mod feedback;
mod firm;
mod followups;
mod history;
mod load;
mod manner;
mod model;
mod opportunities;
mod orders;
mod people;
mod products;
mod random;
mod scenario;

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::PgPool;

use chunk::Chunk;
use firm::Firm;
use load::SuspendedChecks;
pub use load::TABLES;
use model::LOG_EVERY;
pub use model::{Plan, Report, SeedError};
pub use people::accounts;
pub use scenario::run_scenario;

use crate::kernel::transaction::begin;

/// The password of the demo accounts.
pub const PASSWORD: &str = "tidepool-demo";

/// How many customers are in memory at a time.
const CHUNK: u32 = 2_000;

/// Whether the installation has neither customers nor users.
pub async fn is_empty(db: &PgPool) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"select not exists (select from customer) and not exists (select from app_user) as "empty!""#)
        .fetch_one(db)
        .await
}

/// Whether a demo account can sign in: its password is public.
pub async fn has_demo_accounts(db: &PgPool) -> sqlx::Result<bool> {
    let emails: Vec<_> = accounts().map(|(email, _)| email).collect();
    sqlx::query_scalar!(
        r#"select exists (select from app_user where email = any($1) and status = 'ACTIVE') as "exists!""#,
        &emails
    )
    .fetch_one(db)
    .await
}

/// Fills an empty installation, in one transaction.
pub async fn seed(db: &PgPool, plan: &Plan) -> Result<Report, SeedError> {
    if !is_empty(db).await? {
        return Err(SeedError::NotEmpty);
    }
    let password = crate::crm::people::hash_password(PASSWORD, &crate::kernel::turns::Turn::alone())
        .await
        .map_err(SeedError::Password)?;
    let mut transaction = begin(db).await?;
    // A large load takes longer than the timeout of a request.
    sqlx::query!("select set_config('statement_timeout', '0', true)").fetch_one(&mut *transaction).await?;
    let firm = Arc::new(Firm::of(plan.clone()));
    let mut report = Report { users: firm.staff.len(), products: firm.products.len(), ..Report::default() };
    people::copy(&mut transaction, &firm.staff, &password, plan).await?;
    products::copy(&mut transaction, &firm.products).await?;
    opportunities::copy_competitors(&mut transaction).await?;
    let suspended = SuspendedChecks::suspend(&mut transaction).await?;
    let (started_at, mut logged_at, mut rows) = (Instant::now(), Instant::now(), 0);
    let mut chunks =
        (0..plan.customers).step_by(CHUNK as usize).map(|start| start..start.saturating_add(CHUNK).min(plan.customers));
    let generate = |numbers: Range<u32>| {
        let firm = firm.clone();
        tokio::task::spawn_blocking(move || (numbers.end, Chunk::of(&firm, numbers)))
    };
    // While one chunk is copied, the next one is generated.
    let mut next = chunks.next().map(generate);
    while let Some(generated) = next {
        let (done, chunk) = generated.await?;
        next = chunks.next().map(generate);
        rows += chunk.copy(&mut transaction, &mut report).await?;
        if logged_at.elapsed() > LOG_EVERY {
            logged_at = Instant::now();
            log_progress(started_at.elapsed(), done, plan.customers, rows);
        }
    }
    tracing::info!(rows, "demo data: all rows are copied; indexes and checks follow");
    history::write_batches(&mut transaction).await?;
    suspended.restore(&mut transaction).await?;
    load::check(&mut transaction, plan.customers.into()).await?;
    load::post(&mut transaction).await?;
    transaction.commit().await?;
    load::analyze(db).await?;
    Ok(report)
}

fn log_progress(elapsed: Duration, done: u32, total: u32, rows: usize) {
    let seconds = elapsed.as_secs_f64();
    let left = seconds * f64::from(total - done) / f64::from(done);
    tracing::info!(
        customers = done,
        total,
        rows,
        rows_per_second = (rows as f64 / seconds).round(),
        seconds_left = left.round(),
        "demo data: copying rows"
    );
}
