//! A task is created, for the actor or for somebody else who may see the customer.

use super::{Draft, READ, WRITE, check_due, store};
use crate::crm::{customer, opportunity, order};
use crate::kernel::access::Grant;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::event::{About, Notice, Notification};
use crate::kernel::id::{TaskId, UserId};
use crate::kernel::op::Op;
use crate::kernel::text;

/// Creates a task about a customer that the permission reaches. A user who gets it from somebody else is notified. If the
/// idempotency key was used before, the task of that call is returned.
pub async fn create(op: &mut Op<'_>, draft: Draft, idempotency_key: Option<String>) -> Result<TaskId, Error> {
    op.authorize(WRITE)?;
    let id = op.new_id();
    if let Some(first) = op.remember_key(idempotency_key.as_deref(), "createTask", id).await? {
        return Ok(first);
    }
    let (now, creator) = (op.now(), op.viewer()?.user);
    let owner = draft.owner.unwrap_or(creator);
    // Users are locked before customers.
    if owner != creator && !customer::keep_active(op.db(), owner).await? {
        return Err(invalid_owner().into());
    }
    let customer = customer::require(op, draft.customer, WRITE).await?.id;
    if owner != creator && !may_get(op, owner, &draft).await? {
        return Err(invalid_owner().into());
    }
    match (draft.opportunity, draft.order) {
        (Some(_), Some(_)) => {
            let en = "A task is about an opportunity or an order, not about both.";
            return Err(UserError::invalid(&["orderId"], en, "任务只能关联商机或订单中的一个。").into());
        }
        (Some(of), None) => {
            let locked = opportunity::lock_of_customer(op, customer, of, opportunity::READ).await;
            locked.map_err(|error| error.below("opportunityId"))?;
        }
        (None, Some(of)) => {
            let order = order::load(op, of, order::READ).await.map_err(|error| error.below("orderId"))?;
            if order.customer != customer {
                return Err(UserError::not_found().at(&["orderId"]).into());
            }
        }
        (None, None) => {}
    }
    let mut refusals = Vec::new();
    refusals.extend(check_due(draft.due_at, now).err());
    let subject = text::block(&["subject"], &draft.subject, 1, 1_000).map_err(|refusal| refusals.push(refusal));
    let (Ok(subject), []) = (subject, refusals.as_slice()) else { return Err(Error::Refused(refusals)) };
    store::insert(op.db(), id, owner, creator, &Draft { subject, ..draft }, now).await?;
    if owner != creator {
        let about = About::Task { task: id, customer };
        op.notify(&[Notification { user: owner, notice: Notice::TaskGiven, about, at: now, rule: None }]).await?;
    }
    Ok(id)
}

/// Whether a user can get the task: they may read tasks, and may see the customer.
async fn may_get(op: &mut Op<'_>, owner: UserId, draft: &Draft) -> Result<bool, Error> {
    let rights = op.directory().rights(owner).map_err(|error| Error::Internal(error.into()))?;
    let Some(rights) = rights.filter(|rights| Grant::of(rights, READ).is_some()) else { return Ok(false) };
    store::sees(op, &rights, draft.customer).await
}

fn invalid_owner() -> UserError {
    let text = Text::new(
        "This user can't get the task: they have departed, or may not see the customer or tasks.",
        "不能把任务交给该用户：已离职，或没有查看该客户或任务的权限。",
    );
    UserError::new(Code::InvalidOwner, text).at(&["ownerId"])
}
