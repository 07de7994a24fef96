//! Runs and undoes imports in batches, on any server. Each batch is a transaction that locks the import, so two servers
//! never do the same batch. If a server dies, its transaction is rolled back, and another server does the batch.

mod batch;
mod store;

use std::sync::Arc;
use std::time::Duration;

use super::message::Message;
use super::store::lock;
use super::{BATCH_ROWS, WRITE, heartbeat, undo};
use crate::kernel::app::App;
use crate::kernel::error::{Code, Error, Language, Text, UserError, is_time_out};
use crate::kernel::id::ImportId;
use crate::kernel::op::Op;
use store::{ActiveImport, RowSummary};

/// How often a batch is retried that conflicts with other transactions.
const MAX_RETRIES: u32 = 20;
/// How often a server looks for imports to continue.
const POLL_EVERY: Duration = Duration::from_secs(1);

/// Starts or continues an import, with the rights of the actor. An import that is running or done is not changed.
pub async fn start(op: &mut Op<'_>, import: ImportId) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let state = lock(op, import).await?.ok_or_else(UserError::not_found)?;
    state.kind.authorize(op)?;
    match state.status.as_str() {
        _ if state.is_undo_started => {
            let text = Message::Undone.text();
            Err(UserError::new(Code::Conflict, text).at(&["importId"]).into())
        }
        "READY" | "STOPPED" => {
            let (runner, now) = (op.viewer()?.user, op.now());
            Ok(store::start(op.db(), import, runner, now).await?)
        }
        "FAILED" => {
            let text = Message::NotReadToItsEnd.text();
            Err(UserError::new(Code::Conflict, text).at(&["importId"]).into())
        }
        "READING" => {
            let text = Message::StillReading.text();
            Err(UserError::new(Code::Conflict, text).at(&["importId"]).into())
        }
        _ => Ok(()),
    }
}

/// Continues imports until the server closes.
pub async fn keep_working(app: Arc<App>) {
    let feed = app.feed().clone();
    loop {
        work(&app).await;
        tokio::select! {
            () = feed.closed() => return,
            () = tokio::time::sleep(POLL_EVERY) => {}
        }
    }
}

/// Lets the imports fail that no server reads, and does all batches of the imports that are running or being undone.
pub async fn work(app: &App) {
    if let Err(error) = heartbeat::fail_abandoned(app).await {
        tracing::debug!(error = &error as &dyn std::error::Error, "imports without a heartbeat can't be looked up");
    }
    let active_imports = match store::active_imports(app.pool()).await {
        Ok(active_imports) => active_imports,
        Err(error) => {
            return tracing::debug!(error = &error as &dyn std::error::Error, "active imports can't be looked up");
        }
    };
    for active in active_imports {
        let import = active.import;
        if let Err(error) = run_batches(app, active).await {
            // The import stays active, so the next server that looks continues it.
            tracing::warn!(import = %import, error = &error as &dyn std::error::Error, "an import is interrupted");
        }
    }
}

/// Does batches until the import has none left, another server does it, or it has to stop.
async fn run_batches(app: &App, ActiveImport { import, user, is_undo }: ActiveImport) -> Result<(), Error> {
    let (mut retries, mut most) = (0, BATCH_ROWS);
    loop {
        let done = match is_undo {
            false => batch::run_next_batch(app, import, user, most).await,
            true => undo::undo_next_batch(app, import, user, most).await,
        };
        let reason = match done {
            Ok(true) => {
                retries = 0;
                most = most.saturating_mul(2).min(BATCH_ROWS);
                continue;
            }
            Err(error) if is_time_out(&error) && most > 1 => {
                most /= 2;
                continue;
            }
            Ok(false) => return Ok(()),
            Err(error) if is_transient(&error) && retries < MAX_RETRIES => {
                retries += 1;
                continue;
            }
            Err(Error::Refused(_)) => return Ok(()),
            Err(Error::Unavailable(error)) => return Err(Error::Unavailable(error)),
            Err(Error::Unauthenticated) => account_is_closed(),
            Err(Error::Forbidden(permission)) => UserError::forbidden(permission).message,
            Err(error) => {
                tracing::error!(import = %import, error = &error as &dyn std::error::Error, "an import has stopped");
                Text::fault()
            }
        };
        return Ok(store::stop(app.pool(), import, &reason).await?);
    }
}

/// Why an import stops if its user has departed.
pub(super) fn account_is_closed() -> Text {
    Message::AccountClosed.text()
}

/// Whether a retry may succeed: another transaction has created the same companies, or there was a deadlock or
/// serialization failure.
fn is_transient(error: &Error) -> bool {
    match error {
        Error::Refused(refusals) => refusals.iter().all(|refusal| refusal.code == Code::Conflict),
        Error::Unavailable(sqlx::Error::Database(error)) => error.code().is_some_and(|code| code.starts_with("40")),
        _ => false,
    }
}

/// The number of rows of each outcome, as a text for a terminal.
pub async fn counts(app: &App, import: ImportId) -> Result<String, Error> {
    let counts = store::counts(app.pool(), import).await?;
    Ok(counts.iter().map(|(outcome, count)| format!("{count} {outcome}")).collect::<Vec<_>>().join(", "))
}

/// The results of at most `most` rows, those with problems first, as a line for each.
pub async fn results(app: &App, import: ImportId, most: i64, language: Language) -> Result<Vec<String>, Error> {
    let rows = store::row_summaries(app.pool(), import, most).await?;
    let line = |row: &RowSummary| {
        let problems = row.problems.iter().map(|problem| format!(" | {}", problem.message(language)));
        format!("{} {}{}", row.number, row.outcome, problems.collect::<String>())
    };
    Ok(rows.iter().map(line).collect())
}

/// Waits until an import has ended, and helps to do its batches; returns the number of rows of each outcome.
pub async fn run_to_end(app: &App, import: ImportId) -> Result<String, Error> {
    while store::active_imports(app.pool()).await?.iter().any(|active| active.import == import) {
        work(app).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    match store::stop_reason(app.pool(), import).await? {
        Some(reason) => Err(Error::Internal(format!("the import has stopped: {reason}").into())),
        None => counts(app, import).await,
    }
}
