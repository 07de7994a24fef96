//! One batch of a run: its rows are validated again, now with locks, and their results are written.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::store::{self, PendingRow, RunningImport};
use crate::crm::contact;
use crate::crm::customer::assign;
use crate::crm::customer::bulk;
use crate::crm::external_id;
use crate::crm::extra;
use crate::crm::followup;
use crate::crm::import::Problem;
use crate::crm::import::column::Field;
use crate::crm::import::keys::{KnownKeys, find_customers};
use crate::crm::import::kind::Kind;
use crate::crm::import::record::{self, RecordReader};
use crate::crm::import::row_input::BatchKeys;
use crate::crm::import::row_reader::RowReader;
use crate::crm::import::row_result::{Outcome, RowResult};
use crate::crm::import::store::earlier;
use crate::crm::import::validate::Validator;
use crate::kernel::app::App;
use crate::kernel::error::Error;
use crate::kernel::event::{About, Notice, Notification};
use crate::kernel::id::{CustomerId, ImportId, UserId};
use crate::kernel::metrics;
use crate::kernel::op::Op;
use crate::kernel::scalar::name_of;

/// Does at most `most` of the next rows of an import; false if there are none left, or another server does them.
pub async fn run_next_batch(app: &App, import: ImportId, user: UserId, most: u16) -> Result<bool, Error> {
    let mut op = app.begin_for(user).await?;
    let Some(running) = store::lock_running(op.db(), import).await? else { return Ok(false) };
    running.kind.authorize(&op)?;
    let now = op.now();
    let rows = store::next_rows(op.db(), import, most.into()).await?;
    if rows.is_empty() {
        store::mark_done(op.db(), import, now).await?;
        tell_owners(&mut op, import, running.kind).await?;
        op.commit().await?;
        return Ok(false);
    }
    let (results, entered) = match running.kind {
        Kind::Customers | Kind::Contacts => companies(&mut op, import, running, &rows).await?,
        Kind::Orders => (orders(&mut op, import, running, &rows).await?, 0),
        Kind::Products | Kind::Opportunities | Kind::FollowUps => (records(&mut op, import, running, &rows).await?, 0),
    };
    let unchanged: Vec<_> = rows.iter().filter(|row| row.keeps_result).map(|row| row.number).collect();
    store::save_results(op.db(), import, &unchanged, &results, now).await?;
    op.commit().await?;
    metrics::customers_moved("imported", entered);
    Ok(true)
}

/// Tells owners what the import has given to them.
async fn tell_owners(op: &mut Op<'_>, import: ImportId, kind: Kind) -> Result<(), Error> {
    let (at, given) = (op.now(), store::take_owners(op.db(), import).await?);
    let notification = |(user, records)| Notification {
        user,
        notice: Notice::Imported,
        about: About::Import { kind: name_of(kind), records },
        at,
        rule: None,
    };
    op.notify(&given.into_iter().map(notification).collect::<Vec<_>>()).await
}

/// Does rows of companies; returns their results, and how many customers they entered.
async fn companies(
    op: &mut Op<'_>,
    import: ImportId,
    running: RunningImport,
    rows: &[PendingRow],
) -> Result<(Vec<(i32, RowResult)>, usize), Error> {
    let first = rows.first().map_or(0, |row| row.number);
    // A pool that was archived since can't be named any more.
    let pool = running.options.pool.filter(|pool| op.directory().pools.get(*pool).is_some());
    let reader = RowReader::new(op, running.kind, running.columns, running.options)?;
    let read = rows.iter().filter(|row| !row.keeps_result).map(|row| (row.number, reader.read(&row.cells)));
    let mut inputs: Vec<_> = read.collect();
    find_customers(op, &reader, &mut inputs.iter_mut().map(|(_, input)| input).collect::<Vec<_>>()).await?;
    let owners: Vec<_> = inputs.iter().filter_map(|(_, input)| input.as_ref().ok()?.owner).collect();
    let active = if owners.is_empty() { HashSet::new() } else { bulk::keep_active(op, &owners).await? };
    let keys = BatchKeys::of(inputs.iter().filter_map(|(_, input)| input.as_ref().ok()));
    let known_keys = KnownKeys::of(op, import, first, &keys).await?;
    let earlier = earlier(op.db(), import, first, &keys).await?;
    let BatchKeys { name_keys: names, credit_codes: codes, .. } = keys;
    let ids = earlier.iter().filter_map(|company| company.customer);
    let ids: Vec<CustomerId> = ids.chain(known_keys.customer_ids()).collect();
    let (known, held) = bulk::hold_known(op, names, codes, ids).await?;
    let mut validator = Validator::new(op, &reader, known, earlier, known_keys, |id| held.contains(&id))?;
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
    let mut plan = std::mem::take(&mut validator.plan);
    plan.entries.iter_mut().for_each(|entry| entry.pool = pool);
    bulk::enter(op, &mut plan.entries, running.protect_for).await?;
    bulk::change(op, &plan.changes).await?;
    if !plan.contacts.is_empty() {
        contact::edit::enter_all(op, &plan.contacts).await?;
    }
    contact::edit::change_all(op, &plan.contact_changes).await?;
    let extras: Vec<_> = plan.extras.iter().map(|(customer, extras)| (*customer, extras)).collect();
    extra::save_all(op, &extras).await?;
    followup::bulk::enter(op, import, &plan.follow_ups).await?;
    external_id::keep(op, external_id::Kind::Customer, import, &plan.external_ids).await?;
    external_id::keep(op, external_id::Kind::Contact, import, &plan.contact_external_ids).await?;
    count_owners(op, import, plan.entries.iter().filter_map(|entry| entry.owner)).await?;
    Ok((results, plan.entries.len()))
}

/// Does rows of other records; returns their results.
async fn records(
    op: &mut Op<'_>,
    import: ImportId,
    running: RunningImport,
    rows: &[PendingRow],
) -> Result<Vec<(i32, RowResult)>, Error> {
    let reader = RecordReader::new(op, running.kind, running.columns, running.options)?;
    let pending = rows.iter().filter(|row| !row.keeps_result);
    let inputs = pending.map(|row| (row.number, reader.read(&row.cells))).collect();
    let (results, plan) = record::judge(op, import, &reader, inputs, record::Writes::Yes).await?;
    record::write(op, import, running.kind, &plan).await?;
    let open = plan.opportunities.iter().filter(|entry| entry.closing.is_none());
    count_owners(op, import, open.map(|entry| entry.owner)).await?;
    Ok(results)
}

/// Does the orders of which some rows are given, with all of their rows; returns the results of these.
async fn orders(
    op: &mut Op<'_>,
    import: ImportId,
    running: RunningImport,
    rows: &[PendingRow],
) -> Result<Vec<(i32, RowResult)>, Error> {
    let reader = RecordReader::new(op, running.kind, running.columns, running.options)?;
    // All rows of an order with an error have one.
    let keys: BTreeSet<_> =
        rows.iter().filter(|row| !row.keeps_result).filter_map(|row| row.external_id.clone()).collect();
    let rows = record::orders::rows_of(op, import, &keys.into_iter().collect::<Vec<_>>()).await?;
    let groups = record::orders::groups(&reader, &rows);
    let (results, plan) = record::orders::judge_orders(op, &reader, groups, record::Writes::Yes).await?;
    record::write(op, import, running.kind, &plan).await?;
    count_owners(op, import, plan.orders.iter().map(|entry| entry.owner)).await?;
    Ok(results)
}

/// Counts what the import gives to owners, who are told in the end. The importer knows it.
async fn count_owners(op: &mut Op<'_>, import: ImportId, owners: impl Iterator<Item = UserId>) -> Result<(), Error> {
    let (importer, mut counts) = (op.viewer()?.user, BTreeMap::new());
    for owner in owners.filter(|owner| *owner != importer) {
        *counts.entry(owner).or_insert(0) += 1;
    }
    Ok(store::count_owners(op.db(), import, &counts).await?)
}
