//! Writes what the judge has planned.

use std::collections::BTreeSet;

use super::judge::Plan;
use crate::crm::followup::{self, Channel};
use crate::crm::import::kind::Kind;
use crate::crm::{customer, external_id, opportunity, order, product};
use crate::kernel::error::Error;
use crate::kernel::id::ImportId;
use crate::kernel::op::Op;

/// Writes the records of a batch, in a constant number of statements.
pub async fn write(op: &mut Op<'_>, import: ImportId, kind: Kind, plan: &Plan) -> Result<(), Error> {
    product::bulk::enter(op, &plan.products).await?;
    opportunity::bulk::enter(op, import, &plan.opportunities).await?;
    if !plan.follow_ups.is_empty() {
        followup::bulk::enter(op, import, &plan.follow_ups).await?;
        let customers: BTreeSet<_> = plan.follow_ups.iter().map(|entry| entry.customer).collect();
        customer::follow_ups_imported(op, &customers.into_iter().collect::<Vec<_>>(), false).await?;
    }
    if !plan.orders.is_empty() {
        order::bulk::enter(op, import, &plan.orders).await?;
        // As an order that is recorded here, each leaves a follow-up.
        let talk = |entry: &order::bulk::Entry| followup::bulk::Entry {
            id: op.new_id(),
            customer: entry.customer,
            opportunity: entry.opportunity,
            author: entry.sold_by,
            channel: Channel::Order,
            content: entry.follow_up_content(),
            at: entry.ordered_at,
            next_plan: None,
            next_contact_at: None,
        };
        let talks: Vec<_> = plan.orders.iter().map(talk).collect();
        followup::bulk::enter(op, import, &talks).await?;
        let customers: BTreeSet<_> = plan.orders.iter().map(|entry| entry.customer).collect();
        customer::follow_ups_imported(op, &customers.into_iter().collect::<Vec<_>>(), false).await?;
    }
    external_id::keep(op, kind.external_ids(), import, &plan.external_ids).await
}
