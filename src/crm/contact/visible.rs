//! Which contacts the actor may see.

use super::model::READ;
use super::store;
use crate::crm::customer;
use crate::kernel::error::{Error, UserError};
use crate::kernel::id::{ContactId, CustomerId};
use crate::kernel::op::Op;

/// The customer of a contact. If the actor may not see the contact, the answer is the same as for a contact that does
/// not exist.
pub async fn customer_of_visible(op: &mut Op<'_>, id: ContactId) -> Result<CustomerId, Error> {
    let customer = store::customer_of(op.db(), id).await?.ok_or_else(UserError::not_found)?;
    if customer::reaches(op, customer, READ).await? { Ok(customer) } else { Err(UserError::not_found().into()) }
}
