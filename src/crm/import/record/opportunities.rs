//! The opportunities that the rows of a batch refer to.

use std::collections::HashMap;

use super::store;
use crate::crm::external_id;
use crate::crm::import::Problem;
use crate::crm::import::cells::Cells;
use crate::crm::import::column::Field;
use crate::crm::import::message::{Message, shown};
use crate::kernel::error::Error;
use crate::kernel::id::{CustomerId, OpportunityId};
use crate::kernel::op::Op;

/// Opportunities by their external ids, with their customers.
#[derive(Default)]
pub struct Opportunities(HashMap<String, (OpportunityId, CustomerId)>);

impl Opportunities {
    /// Looks up the opportunities of rows.
    pub async fn of(op: &mut Op<'_>, keys: &[String]) -> Result<Self, Error> {
        let records = external_id::records(op.db(), external_id::Kind::Opportunity, keys).await?;
        let ids: Vec<_> = records.values().map(|id| OpportunityId::from(*id)).collect();
        let customers = store::customers_of_opportunities(op.db(), &ids).await?;
        let with_customer = |(key, id): (String, uuid::Uuid)| {
            let id = OpportunityId::from(id);
            Some((key, (id, *customers.get(&id)?)))
        };
        Ok(Self(records.into_iter().filter_map(with_customer).collect()))
    }

    /// The opportunity that a row names; it must be of the customer.
    pub fn find(&self, cells: &Cells, key: &str, customer: CustomerId) -> Result<OpportunityId, Problem> {
        let found = self.0.get(key).filter(|(_, of)| *of == customer).map(|(id, _)| *id);
        let message = || Message::NoSuchOpportunity { value: shown(key) };
        found.ok_or_else(|| cells.problem(Field::OpportunityExternalId, message()))
    }
}
