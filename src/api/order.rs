//! Orders: an adapter for each operation.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};

use super::base::error::{Resolved, UserErrorView, perform};
use super::base::inputs::field_change;
use super::base::planned::{Planned, PlannedOrder};
use super::opportunity::LossInput;
use crate::crm::order::advance::{self, Outcome};
use crate::crm::order::create::{self, NewOrder};
use crate::crm::order::payment::{self, NewPayment};
use crate::crm::order::{Method, Step, adopt, edit, instalment};
use crate::crm::product::lines::LineInput;
use crate::kernel::id::{CustomerId, OpportunityId, OrderId, PaymentId, ProductId};
use crate::kernel::scalar::{Date, DateTime, Decimal};

/// One line of an order: a product and its quantity.
#[derive(InputObject)]
struct OrderLineInput {
    /// The id of the product.
    product_id: ProductId,
    /// How many, in the product's unit: more than 0, with at most 9 digits before the decimal point and 3 after it.
    quantity: Decimal,
    /// The price of one unit in the currency of the order: 0 or more, with at most as many decimals as the currency has. If it is left out, the
    /// product's present price is taken; the product must then be priced in that currency.
    unit_price: Option<Decimal>,
    /// The amount that is subtracted from the line as a whole, in the currency of the order. It must not be more than
    /// the line costs.
    discount: Option<Decimal>,
}

/// The order to record.
#[derive(InputObject)]
struct CreateOrderInput {
    /// The id of the customer who buys: one of yours, or of your team. The customer's owner counts as the seller, no
    /// matter who records the order.
    customer_id: CustomerId,
    /// The lines, in the order of the document: 1 to 200. A product that is no longer sold is refused. If they are left out, they are
    /// those of the opportunity, with its currency.
    lines: Option<Vec<OrderLineInput>>,
    /// The currency of all prices: one of `currencies` of the settings. If it is left out, it is the currency of the products.
    currency: Option<String>,
    /// The id of the customer's opportunity from which the order results. One that is lost or void is refused (`NOT_LIVE`), unless the
    /// order wins it.
    opportunity_id: Option<OpportunityId>,
    /// Whether the order wins the opportunity: it moves to the first stage of kind WON in the same transaction, also from a lost or void
    /// stage. If that is not possible, the order is not recorded either.
    #[graphql(default)]
    close_opportunity: bool,
    /// The order number that people use; at most 40 characters. A number that another order has is refused
    /// (`DUPLICATE`). If it is left out, the next number is taken, like `SO2603-000042`.
    order_no: Option<String>,
    /// When the order was placed: at most 7 days ago, not in the future, and not before the present owner got the
    /// customer. If it is left out, it is now. A time in the next minute also counts as now.
    ordered_at: Option<DateTime>,
    /// A remark about the order; at most 1,000 characters.
    remark: Option<String>,
    /// A key of your choice, of 1 to 100 characters, that makes a retry safe: if you send it again, nothing new is
    /// created, and the answer is the record that the first call created.
    idempotency_key: Option<String>,
}

/// What to change of an order. A field that is left out stays as it is; null clears it.
#[derive(InputObject)]
struct UpdateOrderInput {
    /// The id of the order.
    order_id: OrderId,
    /// The `version` that you read. If the record has changed since, nothing is written (`CONFLICT`): read it again,
    /// then try again.
    version: i32,
    /// All lines of the order; they replace the present ones. Once something is paid, the lines are frozen
    /// (`ORDER_FROZEN`). Products that the order already has may stay, even if they are no longer sold.
    lines: Option<Vec<OrderLineInput>>,
    /// A remark about the order; at most 1,000 characters.
    remark: MaybeUndefined<String>,
}

/// What becomes of a won opportunity when its last order is cancelled or refunded.
#[derive(InputObject)]
struct OpportunityOutcomeInput {
    /// What becomes of it.
    outcome: Outcome,
    /// Why the opportunity is lost or void.
    #[graphql(flatten)]
    loss: LossInput,
}

/// The next step of an order.
#[derive(InputObject)]
struct AdvanceOrderInput {
    /// The id of the order.
    order_id: OrderId,
    /// The `version` that you read. If the record has changed since, nothing is written (`CONFLICT`): read it again,
    /// then try again.
    version: i32,
    /// The step. A step that the order's status does not allow is refused (`STEP_NOT_ALLOWED`).
    action: Step,
    /// Only with PAY: the amount that is paid, in the currency of the order: more than 0 and at most the unpaid rest.
    /// If it is left out, it is the whole rest.
    amount: Option<Decimal>,
    /// A remark about the step, for the history of the order; at most 1,000 characters.
    remark: Option<String>,
    /// What becomes of the opportunity. It is required with CANCEL and REFUND if this is the last order that counts for
    /// a won opportunity (`OPPORTUNITY_OUTCOME_REQUIRED`), and is refused otherwise.
    opportunity: Option<OpportunityOutcomeInput>,
}

/// A payment to record.
#[derive(InputObject)]
struct RecordPaymentInput {
    /// The id of the order.
    order_id: OrderId,
    /// The `version` that you read. If the record has changed since, nothing is written (`CONFLICT`): read it again,
    /// then try again. So nothing is recorded twice.
    version: i32,
    /// The amount, in the currency of the order: more than 0 and at most the unpaid rest. If it is left out, it is the whole
    /// rest.
    amount: Option<Decimal>,
    /// When the money came: at most 366 days ago, and not in the future. If it is left out, it is now. Figures count the
    /// payment then.
    received_at: Option<DateTime>,
    /// How the money came.
    method: Option<Method>,
    /// What finds it in the statements of the bank, such as the number of the transfer; at most 100 characters.
    reference: Option<String>,
    /// A remark for the history of the order; at most 1,000 characters.
    remark: Option<String>,
}

/// The payment to take back.
#[derive(InputObject)]
struct ReversePaymentInput {
    /// The id of the order.
    order_id: OrderId,
    /// The `version` that you read. If the record has changed since, nothing is written (`CONFLICT`): read it again,
    /// then try again.
    version: i32,
    /// The id of the payment: one of `payments` of the order.
    payment_id: PaymentId,
    /// Why it is taken back, for the history of the order: 1 to 1,000 characters.
    reason: String,
}

/// An instalment: with a share or with an amount, the same for all instalments of an order.
#[derive(InputObject)]
struct InstalmentInput {
    /// The last day on which it is paid in time. It must not be before that of the instalment before it.
    due_on: Date,
    /// Its share of the total in percent, more than 0, with at most 2 decimals. Together they are 100. The amounts follow the
    /// total of the order.
    share: Option<Decimal>,
    /// Its amount in the currency of the order, more than 0. Together they are the total of the order.
    amount: Option<Decimal>,
    /// Whether the customer keeps it back until the goods have proved good (质保金).
    #[graphql(default)]
    is_retention: bool,
}

/// The instalments of an order.
#[derive(InputObject)]
struct SetInstalmentsInput {
    /// The id of the order.
    order_id: OrderId,
    /// The `version` that you read. If the record has changed since, nothing is written (`CONFLICT`): read it again,
    /// then try again.
    version: i32,
    /// All instalments, the earliest first, at most 60; they replace the present ones. An empty list removes them.
    instalments: Vec<InstalmentInput>,
}

/// The order to adopt.
#[derive(InputObject)]
struct AdoptOrderInput {
    /// The id of the order.
    order_id: OrderId,
    /// The `version` that you read. If the record has changed since, nothing is written (`CONFLICT`): read it again,
    /// then try again.
    version: i32,
}

/// The result of a mutation on an order.
#[derive(SimpleObject)]
struct OrderPayload {
    /// The order as it is now, if you may see it, even if a change was refused.
    order: Option<PlannedOrder>,
    /// Why the input was refused; empty if the operation succeeded.
    user_errors: Vec<UserErrorView>,
}

/// The part of `Mutation` about orders.
#[derive(Default)]
pub struct OrderMutation;

#[Object]
impl OrderMutation {
    /// Records an order of a customer together with a follow-up of channel ORDER, and on request wins the opportunity,
    /// in one transaction: if one of these is refused, nothing is recorded.
    async fn create_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The order to record.")] input: CreateOrderInput,
    ) -> Resolved<OrderPayload> {
        let new = NewOrder {
            customer: input.customer_id,
            lines: input.lines.map(inputs),
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

    /// Changes an order. The lines can be changed while nothing is paid and the customer is not archived; the remark
    /// can always be changed.
    async fn update_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change of an order.")] input: UpdateOrderInput,
    ) -> Resolved<OrderPayload> {
        let (id, version) = (input.order_id, input.version);
        let edit = edit::Edit { lines: input.lines.map(inputs), remark: field_change(input.remark) };
        let (_, user_errors) = perform(ctx, async |op| edit::update(op, id, version, edit).await).await?;
        Ok(OrderPayload { order: Some(Planned(id)), user_errors })
    }

    /// Takes an order one step further: PAY, SHIP, DELIVER; or ends it: CANCEL while nothing is paid, REFUND
    /// afterwards. Each step needs a permission of its own.
    async fn advance_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The next step of an order.")] input: AdvanceOrderInput,
    ) -> Resolved<OrderPayload> {
        let (id, version) = (input.order_id, input.version);
        let step = advance::StepInput {
            step: input.action,
            amount: input.amount.map(|amount| amount.0),
            remark: input.remark,
            outcome: input.opportunity.map(|chosen| (chosen.outcome, chosen.loss.into())),
        };
        let (_, user_errors) = perform(ctx, async |op| advance::advance(op, id, version, step).await).await?;
        Ok(OrderPayload { order: Some(Planned(id)), user_errors })
    }

    /// Records a payment of an order, of a part or of all that is left to pay: the same as PAY of `advanceOrder`, with what is known
    /// of the payment. An order that was shipped before its payment can still be paid.
    async fn record_payment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A payment to record.")] input: RecordPaymentInput,
    ) -> Resolved<OrderPayload> {
        let (id, version) = (input.order_id, input.version);
        let new = NewPayment {
            amount: input.amount.map(|amount| amount.0),
            received_at: input.received_at.map(|at| at.0),
            method: input.method,
            reference: input.reference,
            remark: input.remark,
        };
        let (_, user_errors) = perform(ctx, async |op| payment::record(op, id, version, new).await).await?;
        Ok(OrderPayload { order: Some(Planned(id)), user_errors })
    }

    /// Takes a payment back that was recorded by mistake, or that did not come. The payment stays, and a reversal beside it says
    /// who took it back; figures of the day of the payment lose it. An order that was paid in full and is not shipped is pending
    /// again. The payments of a cancelled or refunded order stay. A payment that is taken back already is a success.
    async fn reverse_payment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The payment to take back.")] input: ReversePaymentInput,
    ) -> Resolved<OrderPayload> {
        let (id, payment, version, reason) = (input.order_id, input.payment_id, input.version, input.reason);
        let (_, user_errors) =
            perform(ctx, async |op| payment::reverse(op, id, payment, version, reason).await).await?;
        Ok(OrderPayload { order: Some(Planned(id)), user_errors })
    }

    /// Sets when which part of an order is to be paid (30/60/10), at any time until the order is cancelled or refunded. They are
    /// together the total of the order. If its lines change, shares follow the new total, and amounts must be removed first.
    async fn set_instalments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The instalments of an order.")] input: SetInstalmentsInput,
    ) -> Resolved<OrderPayload> {
        let (id, version) = (input.order_id, input.version);
        let draft = |given: InstalmentInput| instalment::Draft {
            due_on: given.due_on.0,
            share: given.share.map(|share| share.0),
            amount: given.amount.map(|amount| amount.0),
            is_retention: given.is_retention,
        };
        let drafts = input.instalments.into_iter().map(draft).collect();
        let (_, user_errors) = perform(ctx, async |op| instalment::set(op, id, version, drafts).await).await?;
        Ok(OrderPayload { order: Some(Planned(id)), user_errors })
    }

    /// Gives an unfinished order to the present owner of its customer, if the order's owner has departed or no longer
    /// owns the customer. If the customer is in the public pool, the order goes to the superior who sends the mutation.
    /// The seller of the order stays the same.
    async fn adopt_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The order to adopt.")] input: AdoptOrderInput,
    ) -> Resolved<OrderPayload> {
        let (id, version) = (input.order_id, input.version);
        let (_, user_errors) = perform(ctx, async |op| adopt::adopt(op, id, version).await).await?;
        Ok(OrderPayload { order: Some(Planned(id)), user_errors })
    }
}

fn inputs(lines: Vec<OrderLineInput>) -> Vec<LineInput> {
    let input = |line: OrderLineInput| LineInput {
        product: line.product_id,
        quantity: line.quantity.0,
        unit_price: line.unit_price.map(|price| price.0),
        discount: line.discount.map(|discount| discount.0),
    };
    lines.into_iter().map(input).collect()
}
