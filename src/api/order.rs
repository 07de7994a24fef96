//! Orders: an adapter for each operation.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};

use super::base::error::{Resolved, UserErrorView, perform};
use super::base::inputs::field_change;
use super::base::planned::{Planned, PlannedOrder};
use crate::crm::order::advance::{self, Outcome};
use crate::crm::order::create::{self, NewOrder};
use crate::crm::order::{LineInput, Step, adopt, edit};
use crate::kernel::id::{CustomerId, OpportunityId, OrderId, ProductId};
use crate::kernel::scalar::{DateTime, Decimal};

/// One product of an order.
#[derive(InputObject)]
struct OrderLineInput {
    /// What.
    product_id: ProductId,
    /// How many, in the product's unit: more than 0, with at most three decimals.
    quantity: Decimal,
    /// What one costs in the currency of the order: 0 or more, with at most two decimals. Left out: the product's price of this
    /// moment, if it is in that currency.
    unit_price: Option<Decimal>,
    /// What is taken off the whole line: not more than it costs.
    discount: Option<Decimal>,
}

/// An order to record.
#[derive(InputObject)]
struct CreateOrderInput {
    /// Who buys: a customer of yours, or of your team. Its owner sold it, whoever records it.
    customer_id: CustomerId,
    /// What, in the order of the document: 1 to 200 lines. Products that are not sold any more are refused.
    lines: Vec<OrderLineInput>,
    /// The currency of all prices: the three letters of ISO 4217. Left out: that of the products.
    currency: Option<String>,
    /// What it comes of: one of the customer's opportunities.
    opportunity_id: Option<OpportunityId>,
    /// Whether the opportunity is won with it: it moves to the first stage of kind WON in the same call, or nothing is recorded.
    #[graphql(default)]
    close_opportunity: bool,
    /// The number that people use, at most 40 characters; one that another order has is refused (`DUPLICATE`). Left out: the next
    /// one, like `SO2603-000042`.
    order_no: Option<String>,
    /// When it was made: at most 7 days ago, and not before its owner got the customer. Left out: now.
    ordered_at: Option<DateTime>,
    /// What is said about it; at most 1,000 characters.
    remark: Option<String>,
    /// Makes trying again safe: the same key gets the first answer, and no second order.
    idempotency_key: Option<String>,
}

/// What to change of an order; what is left out stays, what is null is cleared.
#[derive(InputObject)]
struct UpdateOrderInput {
    /// Which.
    order_id: OrderId,
    /// The `version` that you saw; when it has changed since, nothing is written (`CONFLICT`).
    version: i32,
    /// All its lines, in place of those that are there; once something is paid they are frozen (`ORDER_FROZEN`). Products that
    /// the order has already may stay, even where they are not sold any more.
    lines: Option<Vec<OrderLineInput>>,
    /// What is said about it; at most 1,000 characters.
    remark: MaybeUndefined<String>,
}

/// What becomes of an opportunity whose last order is called off.
#[derive(InputObject)]
struct OpportunityOutcomeInput {
    /// What.
    outcome: Outcome,
    /// Why it is lost (required), or void; at most 1,000 characters.
    lost_reason: Option<String>,
}

/// A step in the life of an order.
#[derive(InputObject)]
struct AdvanceOrderInput {
    /// Which.
    order_id: OrderId,
    /// The `version` that you saw; when it has changed since, nothing is written (`CONFLICT`).
    version: i32,
    /// What is done. What can't be done from where the order is, is `STEP_NOT_ALLOWED`.
    action: Step,
    /// What is paid, for PAY alone: a part, or the rest, which it is when left out. More than the rest is refused.
    amount: Option<Decimal>,
    /// What is said about it, for the history; at most 1,000 characters.
    remark: Option<String>,
    /// With CANCEL and REFUND of the last order of a won opportunity that still counts: what becomes of the opportunity. Else it
    /// is refused with `OPPORTUNITY_OUTCOME_REQUIRED`.
    opportunity: Option<OpportunityOutcomeInput>,
}

/// Which order to take over.
#[derive(InputObject)]
struct AdoptOrderInput {
    /// Which.
    order_id: OrderId,
    /// The `version` that you saw; when it has changed since, nothing is written (`CONFLICT`).
    version: i32,
}

/// What became of an order.
#[derive(SimpleObject)]
struct OrderPayload {
    /// The order as it is now, if you may see it; also when a change was refused.
    order: Option<PlannedOrder>,
    /// Why the wish was refused; empty when it was done.
    user_errors: Vec<UserErrorView>,
}

/// The part of `Mutation` about orders.
#[derive(Default)]
pub struct OrderMutation;

#[Object]
impl OrderMutation {
    /// Records an order of a customer, with a follow-up of channel ORDER, and on request wins its opportunity: all of it or
    /// nothing.
    async fn create_order(&self, ctx: &Context<'_>, input: CreateOrderInput) -> Resolved<OrderPayload> {
        let new = NewOrder {
            customer: input.customer_id,
            lines: inputs(input.lines),
            currency: input.currency,
            opportunity: input.opportunity_id,
            close_opportunity: input.close_opportunity,
            order_no: input.order_no,
            ordered_at: input.ordered_at.map(|at| at.0),
            remark: input.remark,
        };
        let key = input.idempotency_key;
        let (created, user_errors) = perform(ctx, async |op| create::create(op, new, key).await).await?;
        Ok(OrderPayload { order: created.map(Planned), user_errors })
    }

    /// Changes an order: its lines while nothing is paid and its customer is not archived, its remark always.
    async fn update_order(&self, ctx: &Context<'_>, input: UpdateOrderInput) -> Resolved<OrderPayload> {
        let (id, version) = (input.order_id, input.version);
        let edit = edit::Edit { lines: input.lines.map(inputs), remark: field_change(input.remark) };
        let (_, user_errors) = perform(ctx, async |op| edit::update(op, id, version, edit).await).await?;
        Ok(OrderPayload { order: Some(Planned(id)), user_errors })
    }

    /// Takes an order a step on: pay, ship, deliver; or calls it off: cancel while nothing is paid, refund afterwards. Each
    /// needs a permission of its own.
    async fn advance_order(&self, ctx: &Context<'_>, input: AdvanceOrderInput) -> Resolved<OrderPayload> {
        let (id, version) = (input.order_id, input.version);
        let field_change = advance::StepInput {
            step: input.action,
            amount: input.amount.map(|amount| amount.0),
            remark: input.remark,
            outcome: input.opportunity.map(|said| (said.outcome, said.lost_reason)),
        };
        let (_, user_errors) = perform(ctx, async |op| advance::advance(op, id, version, field_change).await).await?;
        Ok(OrderPayload { order: Some(Planned(id)), user_errors })
    }

    /// Gives an unfinished order whose owner left, or no longer has the customer, to the customer's present owner; where the
    /// customer is in the pool, to the superior who asks. Who sold it stays.
    async fn adopt_order(&self, ctx: &Context<'_>, input: AdoptOrderInput) -> Resolved<OrderPayload> {
        let (id, version) = (input.order_id, input.version);
        let (_, user_errors) = perform(ctx, async |op| adopt::adopt(op, id, version).await).await?;
        Ok(OrderPayload { order: Some(Planned(id)), user_errors })
    }
}

fn inputs(lines: Vec<OrderLineInput>) -> Vec<LineInput> {
    let field_change = |line: OrderLineInput| LineInput {
        product: line.product_id,
        quantity: line.quantity.0,
        unit_price: line.unit_price.map(|price| price.0),
        discount: line.discount.map(|discount| discount.0),
    };
    lines.into_iter().map(field_change).collect()
}
