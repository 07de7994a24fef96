//! What the rows of companies and contacts refer to by external ids, looked up for a batch.

use std::collections::HashMap;

use uuid::Uuid;

use super::Problem;
use super::record::{Customers, Writes, earlier};
use super::row_input::{BatchKeys, RowInput};
use super::row_reader::RowReader;
use crate::crm::external_id;
use crate::kernel::error::Error;
use crate::kernel::id::{CustomerId, ImportId};
use crate::kernel::op::Op;

/// The records that have external ids of a batch.
#[derive(Debug, Default)]
pub struct KnownKeys {
    /// Customers by their keys.
    pub customers: HashMap<String, Uuid>,
    /// Contacts by their keys.
    pub contacts: HashMap<String, Uuid>,
    /// Earlier rows of the file by the keys of their contacts.
    pub earlier_contacts: HashMap<String, i32>,
}

impl KnownKeys {
    /// Looks up the keys of a batch that begins with the row `first`.
    pub async fn of(op: &mut Op<'_>, import: ImportId, first: i32, keys: &BatchKeys) -> Result<Self, Error> {
        let BatchKeys { external_ids, contact_external_ids, .. } = keys;
        Ok(Self {
            customers: external_id::records(op.db(), external_id::Kind::Customer, external_ids).await?,
            contacts: external_id::records(op.db(), external_id::Kind::Contact, contact_external_ids).await?,
            earlier_contacts: earlier(op.db(), import, first, contact_external_ids).await?,
        })
    }

    /// The customers that have keys of the batch.
    pub fn customer_ids(&self) -> impl Iterator<Item = CustomerId> {
        self.customers.values().map(|id| (*id).into())
    }
}

/// Lets rows of contacts refer to the customers that they name. From then on a row is as one of a file of customers that
/// gives the customer's own name.
pub async fn find_customers(
    op: &mut Op<'_>,
    reader: &RowReader,
    inputs: &mut [&mut Result<RowInput, Vec<Problem>>],
) -> Result<(), Error> {
    let keys: Vec<_> = inputs.iter().filter_map(|input| input.as_ref().as_ref().ok()?.customer.clone()).collect();
    let customers = Customers::of(op, &keys.iter().collect::<Vec<_>>(), Writes::No).await?;
    for input in inputs {
        let Some(key) = input.as_ref().ok().and_then(|input| input.customer.clone()) else { continue };
        match customers.find(&key) {
            Some(known) => {
                if let Ok(input) = &mut **input {
                    input.draft = known.draft.clone();
                }
            }
            None => **input = Err(vec![customers.no_such(&reader.cells, &key)]),
        }
    }
    Ok(())
}
