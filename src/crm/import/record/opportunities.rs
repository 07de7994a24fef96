//! The opportunities that the rows of a batch refer to.

use std::collections::HashMap;

use super::store;
use crate::crm::external_id;
use crate::crm::import::Problem;
use crate::crm::import::cells::Cells;
use crate::crm::import::column::Field;
use crate::crm::import::message::{Message, shown};
use crate::kernel::directory::StageKind;
use crate::kernel::error::Error;
use crate::kernel::id::{CustomerId, OpportunityId};
use crate::kernel::op::Op;
use crate::kernel::scalar::named;

/// Opportunities by their external ids, with their customers, and whether they are open or how they ended.
#[derive(Default)]
pub struct Opportunities(HashMap<String, (OpportunityId, CustomerId, StageKind)>);

impl Opportunities {
    /// Looks up the opportunities of rows.
    pub async fn of(op: &mut Op<'_>, keys: &[String]) -> Result<Self, Error> {
        let records = external_id::records(op.db(), external_id::Kind::Opportunity, keys).await?;
        let ids: Vec<_> = records.values().map(|id| OpportunityId::from(*id)).collect();
        let found = store::opportunities(op.db(), &ids).await?;
        let mut known = HashMap::new();
        for (key, id) in records {
            if let Some((customer, kind)) = found.get(&OpportunityId::from(id)) {
                known.insert(key, (id.into(), *customer, named(kind)?));
            }
        }
        Ok(Self(known))
    }

    /// The opportunity from which an order results. One that is lost or void is refused if the order counts.
    pub fn find_for_order(
        &self,
        cells: &Cells,
        key: &str,
        customer: CustomerId,
        counts: bool,
    ) -> Result<OpportunityId, Problem> {
        let found = self.find(cells, key, customer)?;
        if counts && self.0.get(key).is_some_and(|(.., kind)| kind.is_lost_or_void()) {
            return Err(cells.problem(Field::OpportunityExternalId, Message::OpportunityLost { value: shown(key) }));
        }
        Ok(found)
    }

    /// The opportunity that a row names; it must be of the customer.
    pub fn find(&self, cells: &Cells, key: &str, customer: CustomerId) -> Result<OpportunityId, Problem> {
        let found = self.0.get(key).filter(|(_, of, _)| *of == customer).map(|(id, ..)| *id);
        let message = || Message::NoSuchOpportunity { value: shown(key) };
        found.ok_or_else(|| cells.problem(Field::OpportunityExternalId, message()))
    }
}
