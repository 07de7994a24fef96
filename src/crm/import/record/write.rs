//! Writes what the judge has planned.

use std::collections::BTreeSet;

use super::judge::Plan;
use crate::crm::import::kind::Kind;
use crate::crm::{customer, external_id, followup, opportunity, order, product, task};
use crate::kernel::error::Error;
use crate::kernel::id::ImportId;
use crate::kernel::op::Op;

/// Writes the records of a batch, in a constant number of statements.
pub async fn write(op: &mut Op<'_>, import: ImportId, kind: Kind, plan: &Plan) -> Result<(), Error> {
    product::bulk::enter(op, &plan.products).await?;
    opportunity::bulk::enter(op, import, &plan.opportunities).await?;
    order::bulk::enter(op, import, &plan.orders).await?;
    opportunity::bulk::win(op, &plan.won).await?;
    followup::bulk::enter(op, import, &plan.follow_ups).await?;
    let customers: BTreeSet<_> = plan.follow_ups.iter().map(|entry| entry.customer).collect();
    let customers: Vec<_> = customers.into_iter().collect();
    customer::follow_ups_imported(op, &customers).await?;
    task::plan::follow_import(op, import, &customers).await?;
    external_id::keep(op, kind.external_ids(), import, &plan.external_ids).await
}
