//! Reveals the details of one contact to users who may not read them in lists. Each reveal is logged, and counts
//! against a daily limit.

pub use super::model::Details;
use super::model::{READ_DETAILS, REVEAL};
use super::store;
use super::visible::customer_of_visible;
use crate::crm::customer;
use crate::kernel::audit::{Entry, Kind};
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::ContactId;
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
        let (start, end) = op.settings().day_around(now);
        if store::revealed_since(op.db(), user, start).await? >= i64::from(limit) {
            let text = Text::new(
                format!("You have reached the limit of {limit} revealed contacts in a day."),
                format!("您今天查看的联系方式已达上限（{limit} 次），请明天再试。"),
            );
            return Err(UserError::new(Code::RevealLimitReached, text).limit(limit).until(end).into());
        }
    }
    let id = crate::kernel::id::new_uuid(now);
    Ok(store::log_reveal(op.db(), id, contact, user, now).await?)
}
