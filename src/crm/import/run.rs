//! An import is run in batches, a transaction each, by whichever server is there. The transaction of a batch holds the
//! import, so no two servers do the same one; and what a server that dies has not committed, the next one does.

use std::sync::Arc;
use std::time::Duration;

use super::dry_run::{give_up_abandoned, keys_of};
use super::row_input::Reader;
use super::row_result::{Outcome, RowResult};
use super::store::{Keys, Validated, Work};
use super::validate::Validator;
use super::{WRITE, store};
use crate::crm::contact;
use crate::crm::customer::bulk;
use crate::crm::customer::edit::CREATE;
use crate::crm::extra;
use crate::kernel::app::App;
use crate::kernel::error::{Code, Error, Language, Text, UserError};
use crate::kernel::id::{CustomerId, ImportId, UserId};
use crate::kernel::op::Op;

/// How many rows are done at once.
pub(super) const BATCH: i64 = 500;
/// How often a batch is begun anew when others enter the same companies at the same time.
const ATTEMPTS: u32 = 20;
/// How often a server looks whether there is an import that nobody carries on.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Lets an import run, with the rights of the actor. One that runs or is done stays so.
pub async fn start(op: &mut Op<'_>, import: ImportId) -> Result<(), Error> {
    op.authorize(WRITE)?;
    op.authorize(CREATE)?;
    let state = store::lock(op, import).await?.ok_or_else(UserError::not_found)?;
    match state.status.as_str() {
        _ if state.is_taken_back => {
            let text = Text::new("It is undone. Import the file anew.", "该导入已撤销，请重新导入文件。");
            Err(UserError::new(Code::Conflict, text).at(&["importId"]).into())
        }
        "READY" | "STOPPED" => {
            let (runner, now) = (op.viewer()?.user, op.now());
            Ok(store::start(op.db(), import, runner, now).await?)
        }
        "FAILED" => {
            let text = Text::new("The file was not read to its end. Import it anew.", "文件未能读完，请重新导入。");
            Err(UserError::new(Code::Conflict, text).at(&["importId"]).into())
        }
        "READING" => {
            let text = Text::new("The file is still being read.", "文件仍在读取中。");
            Err(UserError::new(Code::Conflict, text).at(&["importId"]).into())
        }
        _ => Ok(()),
    }
}

/// Carries imports on that nobody else does, until the server closes.
pub async fn keep_working(app: Arc<App>) {
    let feed = app.feed().clone();
    loop {
        work(&app).await;
        tokio::select! {
            () = feed.closed() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Does what there is to do.
pub async fn work(app: &App) {
    if let Err(error) = give_up_abandoned(app).await {
        tracing::debug!(error = &error as &dyn std::error::Error, "imports that nobody reads can't be looked for");
    }
    let under_way = match store::under_way(app.pool()).await {
        Ok(under_way) => under_way,
        Err(error) => return tracing::debug!(error = &error as &dyn std::error::Error, "imports can't be looked for"),
    };
    for work in under_way {
        let import = work.import;
        if let Err(error) = carry_on(app, work).await {
            // Whoever looks next goes on.
            tracing::warn!(import = %import, error = &error as &dyn std::error::Error, "an import waits");
        }
    }
}

async fn carry_on(app: &App, Work { import, user, is_undo }: Work) -> Result<(), Error> {
    let mut attempts = 0;
    loop {
        let done = match is_undo {
            false => batch(app, import, user).await,
            true => super::undo::batch(app, import, user).await,
        };
        let why = match done {
            Ok(true) => {
                attempts = 0;
                continue;
            }
            Ok(false) => return Ok(()),
            Err(error) if is_passing(&error) && attempts < ATTEMPTS => {
                attempts += 1;
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
        return Ok(store::stop(app.pool(), import, &why).await?);
    }
}

/// Why an import stops whose user has departed.
pub(super) fn account_is_closed() -> Text {
    Text::new("The account of who started it is closed.", "启动者的账号已停用。")
}

/// Whether beginning anew helps: others have entered the same companies, or two waited for each other.
fn is_passing(error: &Error) -> bool {
    match error {
        Error::Refused(refusals) => refusals.iter().all(|refusal| refusal.code == Code::Conflict),
        Error::Unavailable(sqlx::Error::Database(error)) => error.code().is_some_and(|code| code.starts_with("40")),
        _ => false,
    }
}

/// Does the next rows. False: there are none, or somebody else does them.
async fn batch(app: &App, import: ImportId, user: UserId) -> Result<bool, Error> {
    let mut op = app.begin_for(user).await?;
    op.authorize(WRITE)?;
    op.authorize(CREATE)?;
    let Some(under_way) = store::hold(op.db(), import).await? else { return Ok(false) };
    let now = op.now();
    let rows = store::next_rows(op.db(), import, BATCH).await?;
    let Some(first) = rows.first().map(|row| row.number) else {
        store::is_done(op.db(), import, now).await?;
        op.commit().await?;
        return Ok(false);
    };
    let reader = Reader::new(&op, under_way.columns, under_way.default_source)?;
    let read = rows.iter().filter(|row| !row.is_judged).map(|row| (row.number, reader.read(&row.cells)));
    let inputs: Vec<_> = read.collect();
    let owners: Vec<_> = inputs.iter().filter_map(|(_, input)| input.as_ref().ok()?.owner).collect();
    let active = if owners.is_empty() { Default::default() } else { bulk::keep_active(&mut op, &owners).await? };
    let keys = keys_of(inputs.iter().filter_map(|(_, input)| input.as_ref().ok()));
    let earlier = store::earlier(op.db(), import, first, &keys).await?;
    let Keys { name_keys: names, credit_codes: codes, .. } = keys;
    let ids: Vec<CustomerId> = earlier.iter().filter_map(|row| row.customer).collect();
    let mut known = bulk::known(&mut op, names.clone(), codes.clone(), ids.clone()).await?;
    let to_hold: Vec<_> = known.iter().filter(|known| known.may_update).map(|known| known.id).collect();
    let mut held = Default::default();
    if !to_hold.is_empty() {
        held = bulk::hold(&mut op, &to_hold).await?;
        // What was seen without a lock may have changed.
        known = bulk::known(&mut op, names, codes, ids).await?;
    }
    let mut validate =
        Validator::new(&op, &reader, known, earlier, |id| std::collections::HashSet::contains(&held, &id))?;
    let mut results = Vec::with_capacity(inputs.len());
    for (number, input) in inputs {
        results.push(match input {
            Ok(input) if input.owner.is_some_and(|owner| !active.contains(&owner)) => {
                let text = crate::crm::customer::assign::invalid_owner().message;
                let problem = super::Problem::new(reader.header(super::column::Field::Owner), text);
                (number, RowResult::of(Outcome::Error, None, vec![problem]))
            }
            Ok(input) => (number, validate.validate(number, input)),
            Err(problems) => (number, RowResult::of(Outcome::Error, None, problems)),
        });
    }
    let plan = std::mem::take(&mut validate.plan);
    bulk::enter(&mut op, &plan.entries, under_way.protect_for).await?;
    bulk::change(&mut op, &plan.changes).await?;
    if !plan.contacts.is_empty() {
        contact::edit::enter_all(&mut op, &plan.contacts).await?;
    }
    contact::edit::change_all(&mut op, &plan.contact_changes).await?;
    let extras: Vec<_> = plan.extras.iter().map(|(customer, extras)| (*customer, extras)).collect();
    extra::save_all(&mut op, &extras).await?;
    store::rows_are_done(op.db(), import, &rows, &results, now).await?;
    op.commit().await?;
    crate::kernel::metrics::customers_moved("imported", plan.entries.len());
    Ok(true)
}

/// What becomes, or became, of the rows of an import, in words for a terminal.
pub async fn counts(app: &App, import: ImportId) -> Result<String, Error> {
    let counts = store::counts(app.pool(), import).await?;
    Ok(counts.iter().map(|(outcome, count)| format!("{count} {outcome}")).collect::<Vec<_>>().join(", "))
}

/// What becomes of rows, a line each: first those of which something is told, and of a long file not all.
pub async fn results(app: &App, import: ImportId, most: i64, language: Language) -> Result<Vec<String>, Error> {
    let rows = store::validated(app.pool(), import, most).await?;
    let line = |row: &Validated| {
        let told = row.problems.iter().map(|problem| format!(" | {}", problem.sentence(language)));
        format!("{} {}{}", row.number, row.outcome, told.collect::<String>())
    };
    Ok(rows.iter().map(line).collect())
}

/// Carries one import on until it ends, here or elsewhere; what became of its rows.
pub async fn to_the_end(app: &App, import: ImportId) -> Result<String, Error> {
    while store::under_way(app.pool()).await?.iter().any(|work| work.import == import) {
        work(app).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    match store::why_stopped(app.pool(), import).await? {
        Some(why) => Err(Error::Internal(format!("the import stopped: {why}").into())),
        None => counts(app, import).await,
    }
}
