//! One contact's details, shown to those who may reveal them: each look is logged, and counted against a daily limit.

use super::{READ_DETAILS, store};
use crate::crm::customer;
use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::ContactId;
use crate::kernel::op::Op;

/// To see one contact's details.
pub const REVEAL: Permission = Permission::to(Action::Reveal, Resource::ContactDetails);

/// A contact's details, unmasked.
#[derive(Debug, Clone, PartialEq, async_graphql::SimpleObject)]
#[graphql(name = "ContactDetails")]
pub struct Details {
    /// Phone numbers, the first one first to call.
    pub phones: Vec<String>,
    /// E-mail addresses.
    pub emails: Vec<String>,
    /// WeChat id.
    pub wechat: Option<String>,
}

/// Shows the details of a contact. Who sees them in every list anyway is neither logged nor counted.
pub async fn reveal(op: &mut Op<'_>, id: ContactId) -> Result<Details, Error> {
    if op.authorize(READ_DETAILS).is_err() {
        op.authorize(REVEAL)?;
    }
    let customer = super::seen_customer_of(op, id).await?;
    if !customer::reaches(op, customer, READ_DETAILS).await? {
        // Turns come before customers.
        if op.settings().max_reveals_per_day.is_some() {
            op.take_turn().await?;
        }
        customer::require_any(op, customer, REVEAL).await?;
        count(op, id).await?;
    }
    Ok(store::details(op.db(), id).await?)
}

async fn count(op: &mut Op<'_>, contact: ContactId) -> Result<(), Error> {
    let (user, now) = (op.viewer()?.user, op.now());
    if let Some(limit) = op.settings().max_reveals_per_day {
        let (start, end) = op.settings().day_around(now);
        if store::revealed_since(op.db(), user, start).await? >= i64::from(limit) {
            let text = Text::new(
                format!("You have looked at {limit} contacts today, as many as one may."),
                format!("您今天已查看 {limit} 个联系人，达到上限。"),
            );
            return Err(UserError::new(Code::RevealLimitReached, text).limit(limit).until(end).into());
        }
    }
    let look = crate::kernel::id::new_uuid(now);
    Ok(store::log_reveal(op.db(), look, contact, user, now).await?)
}
