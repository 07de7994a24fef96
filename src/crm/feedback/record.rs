//! Service staff take down what a customer says of a delivered order.

use super::{Category, store};
use crate::crm::order;
use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::error::{Error, UserError};
use crate::kernel::id::{FeedbackId, OrderId};
use crate::kernel::op::Op;
use crate::kernel::text;

/// To take feedback down, and to change it.
pub const WRITE: Permission = Permission::to(Action::Write, Resource::Feedback);

/// What a customer said.
#[derive(Debug, Clone)]
pub struct Draft {
    /// How content they are, from 1 to 5.
    pub rating: i32,
    /// What it is about.
    pub category: Category,
    /// In their words.
    pub content: Option<String>,
}

/// Takes down what was said of an order that the permission reaches; what was delivered and given back was delivered, too.
/// With an idempotency key that was used before: what was taken down then.
pub async fn record(
    op: &mut Op<'_>,
    order: OrderId,
    draft: Draft,
    idempotency_key: Option<String>,
) -> Result<FeedbackId, Error> {
    op.authorize(WRITE)?;
    let id = op.new_id();
    if let Some(first) = op.remember_key(idempotency_key.as_deref(), "recordFeedback", id).await? {
        return Ok(first);
    }
    // Held: a merge of its customer would take it along.
    let order = order::hold(op, order, WRITE).await?;
    order.check_delivered()?;
    let draft = checked(draft)?;
    let (now, service) = (op.now(), op.viewer()?.user);
    store::insert(op.db(), id, order.id, service, &draft, now).await?;
    Ok(id)
}

/// All that is wrong is told at once.
pub(super) fn checked(mut draft: Draft) -> Result<Draft, Error> {
    let mut wrong = Vec::new();
    if !(1..=5).contains(&draft.rating) {
        wrong.push(UserError::invalid(&["rating"], "is from 1 to 5", "必须在 1 到 5 之间"));
    }
    match text::optional_block(&["content"], draft.content.take(), 4_000) {
        Ok(content) => draft.content = content,
        Err(refusal) => wrong.push(refusal),
    }
    if wrong.is_empty() { Ok(draft) } else { Err(Error::Refused(wrong)) }
}
