//! Opportunities are created and updated.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::locking::{lock, not_live};
use super::{Draft, WRITE, store};
use crate::crm::customer;
use crate::crm::product;
use crate::crm::setting::check_choice;
use crate::kernel::clock::change_time;
use crate::kernel::directory::{ChoiceKind, StageKind, check_probability};
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::{CustomerId, OpportunityId, ProductId};
use crate::kernel::money;
use crate::kernel::op::Op;
use crate::kernel::text;

/// The changes of an opportunity: `None` keeps a value, `Some(None)` clears it.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "they are the fields of the draft")]
pub struct Edit {
    pub name: Option<Option<String>>,
    pub note: Option<Option<String>>,
    pub competitor: Option<Option<String>>,
    pub product: Option<Option<ProductId>>,
    pub amount: Option<Option<Decimal>>,
    pub currency: Option<String>,
    pub close_date: Option<Option<NaiveDate>>,
    pub probability: Option<i32>,
}

/// Creates an opportunity of a customer that the permission reaches. Its owner is the customer's owner. Its stage is
/// the given one, or the first open stage of the pipeline. If the idempotency key was used before, the opportunity of
/// that call is returned.
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
    let draft = validate(op, draft, None).await;
    let draft = Error::collect(&mut refusals, draft)?;
    let (Some(stage), Some(draft)) = (stage, draft) else { return Err(Error::Refused(refusals)) };
    let (now, creator) = (op.now(), op.actor().user_id());
    store::insert(op.db(), id, customer, owner, &stage, &draft, creator, now).await?;
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
    let draft = Draft {
        name: edit.name.unwrap_or_else(|| before.name.clone()),
        note: edit.note.unwrap_or_else(|| before.note.clone()),
        competitor: edit.competitor.unwrap_or_else(|| before.competitor.clone()),
        product: edit.product.unwrap_or(before.product),
        amount: edit.amount.unwrap_or(before.amount),
        currency: edit.currency.or_else(|| before.currency.clone()),
        close_date: edit.close_date.unwrap_or(before.close_date),
        probability: edit.probability.or(before.probability),
    };
    let draft = validate(op, draft, Some(&before)).await?;
    let (at, editor) = (change_time(op.now(), opportunity.updated_at), op.actor().user_id());
    store::update(op.db(), id, &draft, editor, at).await?;
    Ok(())
}

/// Validates an opportunity. The error contains all refusals. A currency without an amount has no meaning and is
/// dropped. The product, the currency and the competitor of before may stay even if they are not in use any more.
async fn validate(op: &mut Op<'_>, mut draft: Draft, before: Option<&Draft>) -> Result<Draft, Error> {
    let mut refusals = Vec::new();
    let mut collect = |result: Result<(), UserError>| refusals.extend(result.err());
    collect(optional_name(draft.name.take()).map(|name| draft.name = name));
    collect(text::optional_block(&["note"], draft.note.take(), 4_000).map(|note| draft.note = note));
    if draft.competitor != before.and_then(|before| before.competitor.clone()) {
        let code = draft.competitor.as_deref();
        collect(check_choice(op.directory(), "competitor", ChoiceKind::Competitor, code));
    }
    let present_currency = before.and_then(|before| before.currency.as_deref());
    let currency = draft.currency.take().unwrap_or_else(|| op.settings().default_currency().to_owned());
    collect(draft.amount.map_or(Ok(()), |amount| money::amount(&["expectedAmount"], amount, &currency).map(|_| ())));
    if present_currency != Some(currency.as_str()) {
        collect(money::currency(&["currency"], &currency, &op.settings().currencies).map(|_| ()));
    }
    draft.currency = draft.amount.map(|_| currency);
    collect(draft.probability.map_or(Ok(()), check_probability));
    if let Some(product) = draft.product.filter(|product| before.and_then(|before| before.product) != Some(*product)) {
        let refusal = match product::offers(op.db(), &[product]).await?.first() {
            None => Some(UserError::not_found()),
            Some(offer) => offer.is_archived.then(product::archived),
        };
        refusals.extend(refusal.map(|refusal| refusal.at(&["expectedProductId"])));
    }
    if refusals.is_empty() { Ok(draft) } else { Err(Error::Refused(refusals)) }
}

/// Validates a name. A blank one is none.
pub fn optional_name(name: Option<String>) -> Result<Option<String>, UserError> {
    let name = name.filter(|name| !text::visible(name).trim().is_empty());
    name.map(|name| text::name(&["name"], &name, 1, 200)).transpose()
}

fn not_owned() -> UserError {
    let text = Text::new(
        "The customer is in the pool. Only a customer with an owner can have a new opportunity.",
        "该客户在公海中，没有负责人，不能新建商机。",
    );
    UserError::new(Code::NotOwned, text)
}
