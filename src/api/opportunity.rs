//! Opportunities: an adapter for each operation.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};

use super::base::error::{Resolved, UserErrorView, perform};
use super::base::inputs::field_change;
use super::base::planned::{Planned, PlannedOpportunity};
use crate::crm::opportunity::{Draft, adopt, edit, moving};
use crate::kernel::error::Error;
use crate::kernel::id::{CustomerId, OpportunityId, ProductId};
use crate::kernel::op::Op;
use crate::kernel::scalar::{Date, Decimal};

/// An opportunity to enter.
#[derive(InputObject)]
struct CreateOpportunityInput {
    /// Whose; it is pursued by the customer's owner.
    customer_id: CustomerId,
    /// The code of an open stage; the first of the pipeline when it is not given.
    stage: Option<String>,
    /// What would be bought.
    expected_product_id: Option<ProductId>,
    /// What it would bring: 0 or more, with at most two decimals.
    expected_amount: Option<Decimal>,
    /// The currency of the amount: the three letters of ISO 4217; CNY when it is not given. Without an amount it is not kept.
    currency: Option<String>,
    /// When it should be decided.
    expected_close_date: Option<Date>,
    /// How likely it is won, in percent; the stage's own probability when it is not given.
    probability: Option<i32>,
    /// Makes trying again safe: the same key gets the first answer, and no second opportunity.
    idempotency_key: Option<String>,
}

/// What to change of a live opportunity; what is left out stays, what is null is cleared.
#[derive(InputObject)]
struct UpdateOpportunityInput {
    /// Which.
    opportunity_id: OpportunityId,
    /// The `version` that you saw; when it has changed since, nothing is written (`CONFLICT`).
    version: i32,
    /// What would be bought.
    expected_product_id: MaybeUndefined<ProductId>,
    /// What it would bring.
    expected_amount: MaybeUndefined<Decimal>,
    /// The currency of the amount: the three letters of ISO 4217. Without an amount it is not kept.
    currency: Option<String>,
    /// When it should be decided.
    expected_close_date: MaybeUndefined<Date>,
    /// How likely it is won, in percent, until it comes to another stage.
    probability: Option<i32>,
}

/// Where an opportunity is to go.
#[derive(InputObject)]
struct MoveOpportunityInput {
    /// Which.
    opportunity_id: OpportunityId,
    /// Where, and from which version.
    #[graphql(flatten)]
    to: MoveInput,
}

/// The stage that an opportunity comes to.
#[derive(InputObject)]
pub struct MoveInput {
    /// The `version` that you saw; when it has changed since, nothing is written (`CONFLICT`).
    version: i32,
    /// The code of the stage.
    stage: String,
    /// How likely it is won from then on, in percent; the stage's own probability when it is not given.
    probability: Option<i32>,
    /// Why it is lost (required), or void; at most 1,000 characters.
    lost_reason: Option<String>,
}

impl MoveInput {
    /// The version that was seen, and where to go.
    pub fn into_move(self) -> (i32, moving::Move) {
        let Self { version, stage, probability, lost_reason } = self;
        (version, moving::Move { stage, probability, lost_reason })
    }
}

/// Which opportunity to take over.
#[derive(InputObject)]
struct AdoptOpportunityInput {
    /// Which.
    opportunity_id: OpportunityId,
    /// The `version` that you saw; when it has changed since, nothing is written (`CONFLICT`).
    version: i32,
}

/// What became of an opportunity.
#[derive(SimpleObject)]
pub(super) struct OpportunityPayload {
    /// The opportunity as it is now, if you may see it; also when the wish was refused.
    opportunity: Option<PlannedOpportunity>,
    /// Why the wish was refused; empty when it was done.
    user_errors: Vec<UserErrorView>,
}

/// The part of `Mutation` about opportunities.
#[derive(Default)]
pub struct OpportunityMutation;

#[Object]
impl OpportunityMutation {
    /// Enters an opportunity of a customer, for the customer's owner.
    async fn create_opportunity(
        &self,
        ctx: &Context<'_>,
        input: CreateOpportunityInput,
    ) -> Resolved<OpportunityPayload> {
        let draft = Draft {
            product: input.expected_product_id,
            amount: input.expected_amount.map(|amount| amount.0),
            currency: input.currency,
            close_date: input.expected_close_date.map(|date| date.0),
            probability: input.probability,
        };
        let (customer, stage, key) = (input.customer_id, input.stage, input.idempotency_key);
        let (created, user_errors) =
            perform(ctx, async |op| edit::create(op, customer, stage, draft, key).await).await?;
        Ok(OpportunityPayload { opportunity: created.map(Planned), user_errors })
    }

    /// Changes what is expected of a live opportunity. Another amount, close date or probability is a version of its history;
    /// another product alone is none.
    async fn update_opportunity(
        &self,
        ctx: &Context<'_>,
        input: UpdateOpportunityInput,
    ) -> Resolved<OpportunityPayload> {
        let (id, version) = (input.opportunity_id, input.version);
        let edit = edit::Edit {
            product: field_change(input.expected_product_id),
            amount: field_change(input.expected_amount).map(|amount| amount.map(|amount| amount.0)),
            currency: input.currency,
            close_date: field_change(input.expected_close_date).map(|date| date.map(|date| date.0)),
            probability: input.probability,
        };
        one(ctx, id, async |op| edit::update(op, id, version, edit).await).await
    }

    /// Moves an opportunity to a stage: forward, back, to its end, and open again. One whose owner no longer has the
    /// customer can only be ended as lost or void, where it is open or won.
    async fn move_opportunity(&self, ctx: &Context<'_>, input: MoveOpportunityInput) -> Resolved<OpportunityPayload> {
        let (id, (version, to)) = (input.opportunity_id, input.to.into_move());
        one(ctx, id, async |op| moving::move_to(op, id, version, to).await).await
    }

    /// Gives an open opportunity that a former owner left behind to the customer's present owner.
    async fn adopt_opportunity(&self, ctx: &Context<'_>, input: AdoptOpportunityInput) -> Resolved<OpportunityPayload> {
        let (id, version) = (input.opportunity_id, input.version);
        one(ctx, id, async |op| adopt::adopt(op, id, version).await).await
    }
}

/// Runs an operation on one opportunity.
pub(super) async fn one(
    ctx: &Context<'_>,
    id: OpportunityId,
    run: impl AsyncFnOnce(&mut Op<'_>) -> Result<(), Error>,
) -> Resolved<OpportunityPayload> {
    let (_, user_errors) = perform(ctx, run).await?;
    Ok(OpportunityPayload { opportunity: Some(Planned(id)), user_errors })
}
