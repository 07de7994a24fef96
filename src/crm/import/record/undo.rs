//! Undoes an import of records: what it created is archived, or removed if it can't be archived. Nothing changes where
//! somebody has changed or used the record.

use std::collections::HashSet;

use uuid::Uuid;

use super::store::{self, CreatedRecord};
use crate::crm::customer::bulk;
use crate::crm::import::kind::Kind;
use crate::crm::{customer, external_id, followup, opportunity, order, product};
use crate::kernel::error::Error;
use crate::kernel::id::ImportId;
use crate::kernel::op::Op;

/// Undoes at most `most` of the next rows; false if there are none left.
pub async fn undo_rows(op: &mut Op<'_>, import: ImportId, kind: Kind, most: u16) -> Result<bool, Error> {
    let rows = store::next_records(op.db(), import, most.into()).await?;
    if rows.is_empty() {
        return Ok(false);
    }
    let (undone, how) = match kind {
        Kind::Products => (archive_products(op, &rows).await?, "ARCHIVED"),
        Kind::Opportunities => (remove_opportunities(op, import, &rows).await?, "REMOVED"),
        Kind::Orders => (remove_orders(op, import, &rows).await?, "REMOVED"),
        _ => (remove_follow_ups(op, import, &rows).await?, "REMOVED"),
    };
    let how = rows.iter().map(|row| if undone.contains(&row.record) { how } else { "KEPT" }.to_owned());
    let (numbers, how): (Vec<_>, Vec<_>) = rows.iter().map(|row| row.number).zip(how).unzip();
    let undone: Vec<_> = undone.into_iter().collect();
    external_id::forget(op.db(), kind.external_ids(), import, &undone).await?;
    store::save_undone(op.db(), import, &numbers, &how).await?;
    Ok(true)
}

async fn archive_products(op: &mut Op<'_>, rows: &[CreatedRecord]) -> Result<HashSet<Uuid>, Error> {
    let ids: Vec<_> = rows.iter().map(|row| row.record.into()).collect();
    let archived = product::bulk::take_back(op, &ids).await?;
    Ok(archived.into_iter().map(|id| id.uuid()).collect())
}

async fn remove_follow_ups(op: &mut Op<'_>, import: ImportId, rows: &[CreatedRecord]) -> Result<HashSet<Uuid>, Error> {
    let ids: Vec<_> = rows.iter().map(|row| row.record.into()).collect();
    // A merge may have moved them to another customer.
    let customers = followup::bulk::customers_of(op.db(), import, &ids).await?;
    let held: Vec<_> = bulk::hold(op, &customers).await?.into_iter().collect();
    let (by, now) = (op.viewer()?.user, op.now());
    let removed = followup::bulk::remove(op.db(), import, &ids, &held, by, now).await?;
    customer::follow_ups_removed(op, &held).await?;
    Ok(removed.into_iter().map(|id| id.uuid()).collect())
}

async fn remove_orders(op: &mut Op<'_>, import: ImportId, rows: &[CreatedRecord]) -> Result<HashSet<Uuid>, Error> {
    let ids: Vec<_> = rows.iter().map(|row| row.record.into()).collect();
    let customers = order::bulk::customers_of(op.db(), import, &ids).await?;
    let held: Vec<_> = bulk::hold(op, &customers).await?.into_iter().collect();
    let removed = order::bulk::remove_imported(op.db(), import, &ids, &held).await?;
    customer::follow_ups_removed(op, &held).await?;
    Ok(removed.into_iter().map(|id| id.uuid()).collect())
}

async fn remove_opportunities(
    op: &mut Op<'_>,
    import: ImportId,
    rows: &[CreatedRecord],
) -> Result<HashSet<Uuid>, Error> {
    let ids: Vec<_> = rows.iter().map(|row| row.record.into()).collect();
    let customers = opportunity::bulk::customers_of(op.db(), import, &ids).await?;
    let held: Vec<_> = bulk::hold(op, &customers).await?.into_iter().collect();
    let removed = opportunity::bulk::remove_imported(op.db(), import, &ids, &held).await?;
    Ok(removed.into_iter().map(|id| id.uuid()).collect())
}
