//! Opportunities: an adapter for each operation.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};

use super::base::error::{Resolved, UserErrorView, perform};
use super::base::inputs::field_change;
use super::base::planned::{Planned, PlannedOpportunity};
use crate::crm::opportunity::{Loss, adopt, edit, moving};
use crate::crm::product::lines::LineInput;
use crate::kernel::error::Error;
use crate::kernel::id::{CustomerId, OpportunityId, ProductId};
use crate::kernel::op::Op;
use crate::kernel::scalar::{Date, Decimal};

/// One line of an opportunity: a product, and how much of it the customer is expected to buy.
#[derive(InputObject)]
struct OpportunityLineInput {
    /// The id of the product. A product that is no longer sold is refused, unless the opportunity already has it.
    product_id: ProductId,
    /// How many, in the product's unit: more than 0, with at most 9 digits before the decimal point and 3 after it.
    quantity: Decimal,
    /// The price of one unit in the currency of the opportunity: 0 or more, with at most as many decimals as the currency has. If it is
    /// left out, the product's present price is taken; the product must then be priced in that currency.
    unit_price: Option<Decimal>,
    /// The amount that is subtracted from the line as a whole, in the same currency. It must not be more than the line costs.
    discount: Option<Decimal>,
}

/// The opportunity to create.
#[derive(InputObject)]
struct CreateOpportunityInput {
    /// The id of the customer. The opportunity belongs to the customer's owner.
    customer_id: CustomerId,
    /// What people call the opportunity: one line of 1 to 200 characters.
    name: Option<String>,
    /// What those who work on the opportunity should know; at most 4,000 characters.
    note: Option<String>,
    /// Who competes for the opportunity: the code of a choice of kind COMPETITOR.
    competitor: Option<String>,
    /// The code of an open stage. If it is left out, it is the first stage of the pipeline.
    stage: Option<String>,
    /// The id of the product that the customer is expected to buy, if no more is known. With `lines`, it must be that of the first
    /// line, or be left out.
    expected_product_id: Option<ProductId>,
    /// The products that the customer is expected to buy, with quantities and prices: at most 200 lines, the most important one
    /// first, because figures by product count the opportunity for it.
    lines: Option<Vec<OpportunityLineInput>>,
    /// The expected amount: 0 or more, with at most as many decimals as the currency has. If it is left out and there are lines,
    /// it is their sum.
    expected_amount: Option<Decimal>,
    /// The currency of the amount and of all prices: one of `currencies` of the settings. If it is left out, it is that of the products
    /// of the lines; without lines, it is the first of the settings. Without an amount the currency is not stored.
    currency: Option<String>,
    /// The day on which the customer is expected to decide.
    expected_close_date: Option<Date>,
    /// The probability of winning, in percent from 0 to 100. If it is left out, it is that of the stage.
    probability: Option<i32>,
    /// A key of your choice, of 1 to 100 characters, that makes a retry safe: if you send it again, nothing new is
    /// created, and the answer is the record that the first call created.
    idempotency_key: Option<String>,
}

/// What to change of a live opportunity. A field that is left out stays as it is; null clears it.
#[derive(InputObject)]
struct UpdateOpportunityInput {
    /// The id of the opportunity.
    opportunity_id: OpportunityId,
    /// The `version` that you read. If the record has changed since, nothing is written (`CONFLICT`): read it again,
    /// then try again.
    version: i32,
    /// What people call the opportunity: one line of 1 to 200 characters.
    name: MaybeUndefined<String>,
    /// What those who work on the opportunity should know; at most 4,000 characters.
    note: MaybeUndefined<String>,
    /// Who competes for the opportunity: the code of a choice of kind COMPETITOR.
    competitor: MaybeUndefined<String>,
    /// The id of the product that the customer is expected to buy. An opportunity with lines has the product of the first one; any
    /// other is refused.
    expected_product_id: MaybeUndefined<ProductId>,
    /// All lines, at most 200; they replace the present ones. An empty list removes them.
    lines: Option<Vec<OpportunityLineInput>>,
    /// The expected amount: 0 or more, with at most as many decimals as the currency has. Null: the sum of the lines, which it then
    /// follows; without lines no amount.
    expected_amount: MaybeUndefined<Decimal>,
    /// The currency of the amount and of all prices: one of `currencies` of the settings. If there are lines, another currency needs
    /// `lines` with their prices in it. Without an amount the currency is not stored.
    currency: Option<String>,
    /// The day on which the customer is expected to decide.
    expected_close_date: MaybeUndefined<Date>,
    /// The probability of winning, in percent from 0 to 100. It applies until the opportunity moves to another stage.
    probability: Option<i32>,
}

/// The opportunity to move, and its new stage.
#[derive(InputObject)]
struct MoveOpportunityInput {
    /// The id of the opportunity.
    opportunity_id: OpportunityId,
    /// The version that was read, and the new stage.
    #[graphql(flatten)]
    to: MoveInput,
}

/// The stage to which an opportunity moves.
#[derive(InputObject)]
pub struct MoveInput {
    /// The `version` of the opportunity that you read. If it has changed since, nothing is written (`CONFLICT`): read
    /// it again, then try again.
    version: i32,
    /// The code of the stage; `opportunityStages` lists the stages.
    stage: String,
    /// The probability of winning from then on, in percent from 0 to 100. If it is left out, it is that of the stage.
    probability: Option<i32>,
    /// Why the opportunity is lost or void.
    #[graphql(flatten)]
    loss: LossInput,
}

/// Why an opportunity is lost or void.
#[derive(InputObject)]
pub struct LossInput {
    /// Why the opportunity is lost: the code of a choice of kind LOST_REASON. It is required for a lost opportunity, and refused
    /// for any other.
    lost_reason: Option<String>,
    /// More about why the opportunity is lost or void: a text of at most 1,000 characters. It is refused for any other.
    lost_remark: Option<String>,
    /// Who won the deal: the code of a choice of kind COMPETITOR. It is refused if the opportunity is not lost. If it is left out,
    /// the competitor stays as it is.
    competitor: Option<String>,
}

impl From<LossInput> for Loss {
    fn from(input: LossInput) -> Self {
        let LossInput { lost_reason: reason, lost_remark: remark, competitor } = input;
        Self { reason, remark, competitor }
    }
}

impl MoveInput {
    /// The version that was read, and the new stage.
    pub fn into_move(self) -> (i32, moving::Move) {
        let Self { version, stage, probability, loss } = self;
        (version, moving::Move { stage, probability, loss: loss.into() })
    }
}

/// The opportunity to adopt.
#[derive(InputObject)]
struct AdoptOpportunityInput {
    /// The id of the opportunity.
    opportunity_id: OpportunityId,
    /// The `version` that you read. If the record has changed since, nothing is written (`CONFLICT`): read it again,
    /// then try again.
    version: i32,
}

/// The result of a mutation on an opportunity.
#[derive(SimpleObject)]
pub(super) struct OpportunityPayload {
    /// The opportunity as it is now, if you may see it, even if a change was refused.
    opportunity: Option<PlannedOpportunity>,
    /// Why the input was refused; empty if the operation succeeded.
    user_errors: Vec<UserErrorView>,
}

/// The part of `Mutation` about opportunities.
#[derive(Default)]
pub struct OpportunityMutation;

#[Object]
impl OpportunityMutation {
    /// Creates an opportunity of a customer, for the customer's owner. If the customer has no owner, it is refused.
    async fn create_opportunity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The opportunity to create.")] input: CreateOpportunityInput,
    ) -> Resolved<OpportunityPayload> {
        let edit = edit::Edit {
            name: Some(input.name),
            note: Some(input.note),
            competitor: Some(input.competitor),
            product: input.expected_product_id.map(Some),
            lines: input.lines.map(line_inputs),
            amount: Some(input.expected_amount.map(|amount| amount.0)),
            currency: input.currency,
            close_date: Some(input.expected_close_date.map(|date| date.0)),
            probability: input.probability,
        };
        let (customer, stage, key) = (input.customer_id, input.stage, input.idempotency_key);
        let (created, user_errors) =
            perform(ctx, async |op| edit::create(op, customer, stage, edit, key).await).await?;
        Ok(OpportunityPayload { opportunity: created.map(Planned), user_errors })
    }

    /// Changes what is expected of a live opportunity. A change of amount, close date or probability makes a new
    /// version in its history; a change of the name, the note, the competitor or the products alone does not.
    async fn update_opportunity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change of a live opportunity.")] input: UpdateOpportunityInput,
    ) -> Resolved<OpportunityPayload> {
        let (id, version) = (input.opportunity_id, input.version);
        let edit = edit::Edit {
            name: field_change(input.name),
            note: field_change(input.note),
            competitor: field_change(input.competitor),
            product: field_change(input.expected_product_id),
            lines: input.lines.map(line_inputs),
            amount: field_change(input.expected_amount).map(|amount| amount.map(|amount| amount.0)),
            currency: input.currency,
            close_date: field_change(input.expected_close_date).map(|date| date.map(|date| date.0)),
            probability: input.probability,
        };
        one(ctx, id, async |op| edit::update(op, id, version, edit).await).await
    }

    /// Moves an opportunity to another stage: forward, back, to its end, or to an open stage again. A lost one can be moved to its
    /// stage again, to correct why it was lost. If its owner no
    /// longer owns the customer, an open or won opportunity can only be moved to a stage of kind LOST or VOID; any
    /// other move is refused (`NOT_LIVE`).
    async fn move_opportunity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The opportunity to move, and its new stage.")] input: MoveOpportunityInput,
    ) -> Resolved<OpportunityPayload> {
        let (id, (version, to)) = (input.opportunity_id, input.to.into_move());
        one(ctx, id, async |op| moving::move_to(op, id, version, to).await).await
    }

    /// Gives an open opportunity that a former owner of the customer left behind to the customer's present owner.
    async fn adopt_opportunity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The opportunity to adopt.")] input: AdoptOpportunityInput,
    ) -> Resolved<OpportunityPayload> {
        let (id, version) = (input.opportunity_id, input.version);
        one(ctx, id, async |op| adopt::adopt(op, id, version).await).await
    }
}

fn line_inputs(lines: Vec<OpportunityLineInput>) -> Vec<LineInput> {
    let input = |line: OpportunityLineInput| LineInput {
        product: line.product_id,
        quantity: line.quantity.0,
        unit_price: line.unit_price.map(|price| price.0),
        discount: line.discount.map(|discount| discount.0),
    };
    lines.into_iter().map(input).collect()
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
