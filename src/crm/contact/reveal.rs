//! Reveals the details of one contact to users who may not read them in lists. Each reveal is logged, and counts
//! against a daily limit.

use chrono::{DateTime, Utc};

use super::look_up::limit_reached;
pub use super::model::Details;
use super::model::{READ_DETAILS, REVEAL};
use super::store;
use super::visible::customer_of_visible;
use crate::crm::customer;
use crate::kernel::audit::{Entry, Kind};
use crate::kernel::error::Error;
use crate::kernel::id::{ContactId, CustomerId, new_uuid};
use crate::kernel::op::Op;

/// Returns the details of a contact. If the actor may read them in lists anyway, the reveal is neither logged nor
/// counted.
pub async fn reveal(op: &mut Op<'_>, id: ContactId) -> Result<Details, Error> {
    if op.authorize(READ_DETAILS).is_err() {
        op.authorize(REVEAL)?;
    }
    let customer = customer_of_visible(op, id).await?;
    if !customer::reaches(op, customer, READ_DETAILS).await? {
        // The lock of the turn must be taken before customers are locked.
        if op.settings().max_reveals_per_day.is_some() {
            op.take_turn().await?;
        }
        customer::require_any(op, customer, REVEAL).await?;
        log(op, id).await?;
        op.audit(Entry::of(Kind::ContactRevealed).on(customer).detail(format!("contact: {id}"))).await?;
    }
    Ok(store::details(op.db(), id).await?)
}

/// Logs a reveal, unless the actor has reached the limit.
async fn log(op: &mut Op<'_>, contact: ContactId) -> Result<(), Error> {
    let (user, now) = (op.viewer()?.user, op.now());
    if let Some(limit) = op.settings().max_reveals_per_day {
        let (start, _) = op.settings().day_around(now);
        if store::seen_since(op.db(), user, start).await? >= i64::from(limit) {
            return Err(limit_reached(op.settings(), now).into());
        }
    }
    Ok(store::log_reveals(op.db(), &[new_uuid(now)], &[contact], user, now, false).await?)
}

/// Of how many customers the actor has seen contacts by a claim and a release since a moment.
pub async fn released_customers(op: &mut Op<'_>, since: DateTime<Utc>) -> Result<i64, Error> {
    let user = op.viewer()?.user;
    Ok(store::released_since(op.db(), user, since).await?)
}

/// Logs a look at every contact of customers that the actor had for a short time. Returns of how many customers the
/// actor has seen contacts in this way since a moment.
pub async fn log_released(op: &mut Op<'_>, customers: &[CustomerId], since: DateTime<Utc>) -> Result<i64, Error> {
    let (user, now) = (op.viewer()?.user, op.now());
    let contacts = store::contacts_of(op.db(), customers).await?;
    let ids: Vec<_> = contacts.iter().map(|_| new_uuid(now)).collect();
    store::log_reveals(op.db(), &ids, &contacts, user, now, true).await?;
    Ok(store::released_since(op.db(), user, since).await?)
}
