//! The customers that the rows of a batch refer to.

use std::collections::{HashMap, HashSet};

use super::input::{CustomerKey, Writes};
use crate::crm::customer::bulk::{self, Known};
use crate::crm::customer::duplicate::Status;
use crate::crm::customer::name_key;
use crate::crm::external_id;
use crate::crm::import::Problem;
use crate::crm::import::cells::Cells;
use crate::crm::import::column::Field;
use crate::crm::import::message::{Message, shown};
use crate::crm::import::row_result::{Outcome, RowResult};
use crate::kernel::error::Error;
use crate::kernel::id::CustomerId;
use crate::kernel::op::Op;

/// Customers by their external ids and names.
#[derive(Default)]
pub struct Customers {
    by_external_id: HashMap<String, Known>,
    by_name: HashMap<String, Known>,
    /// Those that are locked; `None`: the dry run locks none.
    held: Option<HashSet<CustomerId>>,
}

impl Customers {
    /// Looks up the customers of rows, and locks them if the rows are to be written.
    pub async fn of(op: &mut Op<'_>, keys: &[&CustomerKey], writes: Writes) -> Result<Self, Error> {
        let (mut external_ids, mut names) = (Vec::new(), Vec::new());
        for key in keys {
            match key {
                CustomerKey::ExternalId(id) => external_ids.push(id.clone()),
                CustomerKey::Name(name) => names.push(name_key(name)),
            }
        }
        if external_ids.is_empty() && names.is_empty() {
            return Ok(Self::default());
        }
        let records = external_id::records(op.db(), external_id::Kind::Customer, &external_ids).await?;
        let ids: Vec<CustomerId> = records.values().map(|id| (*id).into()).collect();
        let (known, held) = match writes {
            Writes::Yes => {
                let (known, held) = bulk::hold_known(op, names, Vec::new(), ids).await?;
                (known, Some(held))
            }
            Writes::No => (bulk::known(op, names, Vec::new(), ids).await?, None),
        };
        let by_id: HashMap<CustomerId, &Known> = known.iter().map(|known| (known.id, known)).collect();
        let of_record = |(key, id): (String, uuid::Uuid)| Some((key, (*by_id.get(&id.into())?).clone()));
        Ok(Self {
            by_external_id: records.into_iter().filter_map(of_record).collect(),
            by_name: known.iter().map(|known| (known.draft.name_key.clone(), known.clone())).collect(),
            held,
        })
    }

    /// The customer that a row names, if the importer may edit it.
    pub fn find(&self, key: &CustomerKey) -> Option<&Known> {
        let found = match key {
            CustomerKey::ExternalId(id) => self.by_external_id.get(id),
            CustomerKey::Name(name) => self.by_name.get(&name_key(name)),
        };
        found.filter(|known| known.may_update && known.status != Status::Archived)
    }

    /// The problem of a row whose customer can't be found.
    pub fn no_such(&self, cells: &Cells, key: &CustomerKey) -> Problem {
        let (field, value) = match key {
            CustomerKey::ExternalId(id) => (Field::CustomerExternalId, id),
            CustomerKey::Name(name) => (Field::Name, name),
        };
        cells.problem(field, Message::NoSuchCustomer { value: shown(value) })
    }

    /// Whether a customer is locked, if it has to be.
    pub fn is_held(&self, id: CustomerId) -> bool {
        self.held.as_ref().is_none_or(|held| held.contains(&id))
    }
}

/// Adds to the problems of rows that can't be read that their customer is unknown, too.
pub async fn add_unknown_customers(
    op: &mut Op<'_>,
    cells: &Cells,
    keys: &[Option<CustomerKey>],
    results: &mut [(i32, RowResult)],
) -> Result<(), Error> {
    let is_error = |result: &RowResult| result.outcome == Outcome::Error && result.customer.is_none();
    let wrong = keys.iter().zip(results.iter()).filter(|(_, (_, result))| is_error(result));
    let asked: Vec<_> = wrong.filter_map(|(key, _)| key.as_ref()).collect();
    let customers = Customers::of(op, &asked, Writes::No).await?;
    for (key, (_, result)) in keys.iter().zip(results).filter(|(_, (_, result))| is_error(result)) {
        if let Some(key) = key.as_ref().filter(|key| customers.find(key).is_none()) {
            let problem = customers.no_such(cells, key);
            if !result.problems.contains(&problem) {
                result.problems.insert(0, problem);
            }
        }
    }
    Ok(())
}
