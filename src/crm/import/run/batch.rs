//! One batch of a run: its rows are validated again, now with locks, and their results are written.

use std::collections::HashSet;

use super::store;
use crate::crm::contact;
use crate::crm::customer::assign;
use crate::crm::customer::bulk;
use crate::crm::customer::edit::CREATE;
use crate::crm::extra;
use crate::crm::import::column::Field;
use crate::crm::import::row_input::BatchKeys;
use crate::crm::import::row_reader::RowReader;
use crate::crm::import::row_result::{Outcome, RowResult};
use crate::crm::import::store::earlier;
use crate::crm::import::validate::Validator;
use crate::crm::import::{Problem, WRITE};
use crate::kernel::app::App;
use crate::kernel::error::Error;
use crate::kernel::id::{CustomerId, ImportId, UserId};
use crate::kernel::metrics;

/// Does at most `most` of the next rows of an import; false if there are none left, or another server does them.
pub async fn run_next_batch(app: &App, import: ImportId, user: UserId, most: u16) -> Result<bool, Error> {
    let mut op = app.begin_for(user).await?;
    op.authorize(WRITE)?;
    op.authorize(CREATE)?;
    let Some(running) = store::lock_running(op.db(), import).await? else { return Ok(false) };
    let now = op.now();
    let rows = store::next_rows(op.db(), import, most.into()).await?;
    let Some(first) = rows.first().map(|row| row.number) else {
        store::mark_done(op.db(), import, now).await?;
        op.commit().await?;
        return Ok(false);
    };
    let reader = RowReader::new(&op, running.columns, running.options)?;
    let read = rows.iter().filter(|row| !row.keeps_result).map(|row| (row.number, reader.read(&row.cells)));
    let inputs: Vec<_> = read.collect();
    let owners: Vec<_> = inputs.iter().filter_map(|(_, input)| input.as_ref().ok()?.owner).collect();
    let active = if owners.is_empty() { HashSet::new() } else { bulk::keep_active(&mut op, &owners).await? };
    let keys = BatchKeys::of(inputs.iter().filter_map(|(_, input)| input.as_ref().ok()));
    let earlier = earlier(op.db(), import, first, &keys).await?;
    let BatchKeys { name_keys: names, credit_codes: codes, .. } = keys;
    let ids: Vec<CustomerId> = earlier.iter().filter_map(|company| company.customer).collect();
    let mut known = bulk::known(&mut op, names.clone(), codes.clone(), ids.clone()).await?;
    let to_hold: Vec<_> = known.iter().filter(|known| known.may_update).map(|known| known.id).collect();
    let mut held = HashSet::new();
    if !to_hold.is_empty() {
        held = bulk::hold(&mut op, &to_hold).await?;
        // The customers may have changed before they were locked, so they are read again.
        known = bulk::known(&mut op, names, codes, ids).await?;
    }
    let mut validator = Validator::new(&op, &reader, known, earlier, |id| held.contains(&id))?;
    let mut results = Vec::with_capacity(inputs.len());
    for (number, input) in inputs {
        results.push(match input {
            Ok(input) if input.owner.is_some_and(|owner| !active.contains(&owner)) => {
                let problem = Problem::new(reader.header(Field::Owner), assign::invalid_owner().message);
                (number, RowResult::of(Outcome::Error, None, vec![problem]))
            }
            Ok(input) => (number, validator.validate(number, input)),
            Err(problems) => (number, RowResult::of(Outcome::Error, None, problems)),
        });
    }
    let plan = std::mem::take(&mut validator.plan);
    bulk::enter(&mut op, &plan.entries, running.protect_for).await?;
    bulk::change(&mut op, &plan.changes).await?;
    if !plan.contacts.is_empty() {
        contact::edit::enter_all(&mut op, &plan.contacts).await?;
    }
    contact::edit::change_all(&mut op, &plan.contact_changes).await?;
    let extras: Vec<_> = plan.extras.iter().map(|(customer, extras)| (*customer, extras)).collect();
    extra::save_all(&mut op, &extras).await?;
    store::save_results(op.db(), import, &rows, &results, now).await?;
    op.commit().await?;
    metrics::customers_moved("imported", plan.entries.len());
    Ok(true)
}
