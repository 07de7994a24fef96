//! Opportunities are created and updated.

use super::locking::{lock, not_live};
use super::{Draft, WRITE, store};
use crate::crm::customer;
use crate::crm::product;
use crate::kernel::clock::change_time;
use crate::kernel::directory::StageKind;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::{CustomerId, OpportunityId};
use crate::kernel::op::Op;

pub use super::draft::{Edit, optional_name};

/// Creates an opportunity of a customer that the permission reaches. Its owner is the customer's owner. Its stage is
/// the given one, or the first open stage of the pipeline. If the idempotency key was used before, the opportunity of
/// that call is returned.
pub async fn create(
    op: &mut Op<'_>,
    customer: CustomerId,
    stage: Option<String>,
    edit: Edit,
    idempotency_key: Option<String>,
) -> Result<OpportunityId, Error> {
    op.authorize(WRITE)?;
    let id = op.new_id();
    if let Some(first) = op.remember_key(idempotency_key.as_deref(), "createOpportunity", id).await? {
        return Ok(first);
    }
    let owner = customer::require(op, customer, WRITE).await?.owner.ok_or_else(not_owned)?;
    let stage = match &stage {
        Some(code) => op.directory().stage(code).filter(|stage| stage.kind == StageKind::Open),
        None => op.directory().stage_of(StageKind::Open),
    };
    let mut refusals = Vec::new();
    let stage = stage.cloned().ok_or_else(|| {
        UserError::invalid(
            &["stage"],
            "The pipeline has no active open stage with this code.",
            "该阶段不存在、已停用或不是进行中的阶段。",
        )
    });
    let stage = Error::collect(&mut refusals, stage)?;
    let draft = apply(op, edit, &Draft::default()).await;
    let draft = Error::collect(&mut refusals, draft)?;
    let (Some(stage), Some(draft)) = (stage, draft) else { return Err(Error::Refused(refusals)) };
    let (now, creator) = (op.now(), op.actor().user_id());
    store::insert(op.db(), id, customer, owner, &stage, &draft, creator, now).await?;
    store::insert_lines(op.db(), id, 1, &draft.lines).await?;
    Ok(id)
}

/// Updates a live opportunity. `version` is the version that the user saw; if the opportunity has another one, the
/// update is refused with `CONFLICT`.
pub async fn update(op: &mut Op<'_>, id: OpportunityId, version: i32, edit: Edit) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let opportunity = lock(op, id, WRITE).await?;
    UserError::check_version(opportunity.version, version)?;
    if !opportunity.is_live() {
        return Err(not_live().into());
    }
    let before = store::draft_of(op.db(), id).await?;
    let draft = apply(op, edit, &before).await?;
    let (at, editor) = (change_time(op.now(), opportunity.updated_at), op.actor().user_id());
    let has_other_lines = draft.lines != before.lines;
    if has_other_lines {
        store::insert_lines(op.db(), id, version + 1, &draft.lines).await?;
    }
    store::update(op.db(), id, &draft, has_other_lines, editor, at).await?;
    Ok(())
}

async fn apply(op: &mut Op<'_>, edit: Edit, before: &Draft) -> Result<Draft, Error> {
    let products = edit.products();
    let offers = if products.is_empty() { Vec::new() } else { product::offers(op.db(), &products).await? };
    edit.apply(before, &offers, op.directory())
}

fn not_owned() -> UserError {
    let text = Text::new(
        "The customer is in the pool. Only a customer with an owner can have a new opportunity.",
        "该客户在公海中，没有负责人，不能新建商机。",
    );
    UserError::new(Code::NotOwned, text)
}
