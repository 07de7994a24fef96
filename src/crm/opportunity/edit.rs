//! Create and update.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::held::{hold, not_live};
use super::store;
use crate::crm::customer;
use crate::crm::product;
use crate::kernel::access::{Action, Permission, Resource};
use crate::kernel::clock::change_time;
use crate::kernel::directory::{StageKind, check_probability};
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::{CustomerId, OpportunityId, ProductId};
use crate::kernel::money;
use crate::kernel::op::Op;

/// To enter and change opportunities.
pub const WRITE: Permission = Permission::to(Action::Write, Resource::Opportunity);

/// What can be edited of an opportunity.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "they are the columns of the table")]
pub struct Draft {
    pub product: Option<ProductId>,
    pub amount: Option<Decimal>,
    pub currency: Option<String>,
    pub close_date: Option<NaiveDate>,
    pub probability: Option<i32>,
}

/// What a user wishes to change: `None` keeps, `Some(None)` clears.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "they are the fields of the draft")]
pub struct Edit {
    pub product: Option<Option<ProductId>>,
    pub amount: Option<Option<Decimal>>,
    pub currency: Option<String>,
    pub close_date: Option<Option<NaiveDate>>,
    pub probability: Option<i32>,
}

/// Enters an opportunity of a customer that the permission reaches, for the customer's owner: in the stage named, else in the
/// first of the pipeline.
pub async fn create(
    op: &mut Op<'_>,
    customer: CustomerId,
    stage: Option<String>,
    draft: Draft,
    idempotency_key: Option<String>,
) -> Result<OpportunityId, Error> {
    op.authorize(WRITE)?;
    let id = op.new_id();
    if let Some(first) = op.remember_key(idempotency_key.as_deref(), "createOpportunity", id).await? {
        return Ok(first);
    }
    let owner = customer::require(op, customer, WRITE).await?.owner.ok_or_else(not_owned)?;
    let is_first = |kind| kind == StageKind::Open;
    let stage = match &stage {
        Some(code) => op.directory().stage(code).filter(|stage| is_first(stage.kind)),
        None => op.directory().stage_of(StageKind::Open),
    };
    let stage = stage.cloned().ok_or_else(|| {
        UserError::invalid(&["stage"], "is no open stage of the pipeline", "不是销售漏斗中的进行中阶段")
    })?;
    let draft = checked(op, draft, None).await?;
    let (now, creator) = (op.now(), op.actor().user_id());
    store::insert(op.db(), id, customer, owner, &stage, &draft, creator, now).await?;
    Ok(id)
}

/// Changes what is expected of an opportunity. `version` is the one that the user saw; a stale one is a `CONFLICT`.
pub async fn update(op: &mut Op<'_>, id: OpportunityId, version: i32, edit: Edit) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let opportunity = hold(op, id, WRITE).await?;
    UserError::check_version(opportunity.version, version)?;
    if !opportunity.is_live() {
        return Err(not_live().into());
    }
    let before = store::draft_of(op.db(), id).await?;
    let draft = Draft {
        product: edit.product.unwrap_or(before.product),
        amount: edit.amount.unwrap_or(before.amount),
        currency: edit.currency.or(before.currency),
        close_date: edit.close_date.unwrap_or(before.close_date),
        probability: edit.probability.or(before.probability),
    };
    let draft = checked(op, draft, before.product).await?;
    let (at, editor) = (change_time(op.now(), opportunity.updated_at), op.actor().user_id());
    store::update(op.db(), id, &draft, editor, at).await?;
    Ok(())
}

/// All that is wrong is told at once. A currency without an amount says nothing, and is not kept; a product that was
/// expected before may stay, even where it is archived.
async fn checked(op: &mut Op<'_>, mut draft: Draft, before: Option<ProductId>) -> Result<Draft, Error> {
    let mut wrong = Vec::new();
    let mut keep = |checked: Result<(), UserError>| wrong.extend(checked.err());
    keep(draft.amount.map_or(Ok(()), |amount| money::amount(&["expectedAmount"], amount).map(|_| ())));
    let currency = draft.currency.as_deref().unwrap_or(money::DEFAULT_CURRENCY);
    keep(money::currency(&["currency"], currency).map(|currency| draft.currency = draft.amount.map(|_| currency)));
    keep(draft.probability.map_or(Ok(()), check_probability));
    if let Some(product) = draft.product.filter(|product| before != Some(*product)) {
        let refusal = match product::offers(op.db(), &[product]).await?.first() {
            None => Some(UserError::not_found()),
            Some(offer) => offer.is_archived.then(product::archived),
        };
        wrong.extend(refusal.map(|refusal| refusal.at(&["expectedProductId"])));
    }
    if wrong.is_empty() { Ok(draft) } else { Err(Error::Refused(wrong)) }
}

fn not_owned() -> UserError {
    let text = Text::new("The customer has no owner who would pursue it.", "该客户没有负责人，无法跟进。");
    UserError::new(Code::NotOwned, text)
}
