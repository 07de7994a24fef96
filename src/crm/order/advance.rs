//! The steps of an order: pay, ship, deliver, cancel, refund. With the cancellation or refund of the last order of a
//! won opportunity, the user must say what becomes of the opportunity.

use rust_decimal::Decimal;

use super::locking::{load, lock};
use super::model::Moved;
use super::payment;
use super::step::{self, SHIP_UNPAID, Step};
use super::store;
use super::{Order, Status};
use crate::crm::customer;
use crate::crm::opportunity::{self, Loss, Opportunity, moving};
use crate::kernel::clock::change_time;
use crate::kernel::directory::StageKind;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::OrderId;
use crate::kernel::op::Op;
use crate::kernel::scalar::name_of;
use crate::kernel::text;

/// A step to take with an order.
#[derive(Debug)]
pub struct StepInput {
    /// The step.
    pub step: Step,
    /// The amount of a payment; `None` for all that is left to pay.
    pub amount: Option<Decimal>,
    /// A remark for the history.
    pub remark: Option<String>,
    /// What becomes of the opportunity, and why it is lost or void.
    pub outcome: Option<(Outcome, Loss)>,
}

/// What becomes of a won opportunity when its last order is cancelled or refunded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "OpportunityOutcome")]
pub enum Outcome {
    /// The opportunity is opened again, in its last open stage.
    Reopen,
    /// The opportunity is lost.
    Lost,
    /// The opportunity is void: it should never have been recorded.
    Void,
    /// The opportunity stays won.
    KeepWon,
}

/// Takes a step with an order. `version` is the version that the user saw; if the order has another one, the step is
/// refused with `CONFLICT`.
pub async fn advance(op: &mut Op<'_>, id: OrderId, version: i32, input: StepInput) -> Result<(), Error> {
    let permission = input.step.permission();
    op.authorize(permission)?;
    let remark = text::optional_block(&["remark"], input.remark, 1_000)?;
    // The opportunity is locked before the order. If two users cancel the last two orders of an opportunity at the same
    // time, the second waits here, and then knows that its order is the last.
    let seen = load(op, id, permission).await?;
    let (outcome, loss) = input.outcome.unzip();
    let opportunity = lock_opportunity(op, &seen, input.step, outcome).await?;
    let order = lock(op, id, permission).await?;
    UserError::check_version(order.version, version)?;
    if matches!(input.step, Step::Pay | Step::Refund) {
        payment::check_duties(op, &order)?;
    }
    step::check_amount(input.amount, &order.currency)?;
    let advance =
        step::decide(order.status, order.total, order.paid, input.step, input.amount).map_err(UserError::from)?;
    if input.step == Step::Ship && order.status == Status::Pending {
        check_may_ship_unpaid(op, id).await?;
    }
    apply_outcome(op, &order, opportunity, outcome, loss.unwrap_or_default())
        .await
        .map_err(|error| error.below("opportunity"))?;
    let at = change_time(op.now(), order.updated_at);
    let moved =
        advance.moved.map(|amount| Moved { amount, received_at: at, method: None, reference: None, reverses: None });
    payment::write(op, &order, (name_of(input.step), advance.to), moved, remark.as_deref(), at).await
}

/// Refuses to ship what is not paid in full, unless the actor may ship this order before its payment.
async fn check_may_ship_unpaid(op: &mut Op<'_>, id: OrderId) -> Result<(), Error> {
    let seen = store::load(op, id, SHIP_UNPAID).await?.ok_or_else(UserError::not_found)?;
    if seen.reach.check(SHIP_UNPAID).is_ok() {
        return Ok(());
    }
    let text = Text::new(
        "The order is not paid in full. Only users who may ship before payment, such as superiors, can ship it now.",
        "订单尚未收齐款项，只有有权先发货后收款的用户（如上级）才能发货。",
    );
    Err(UserError::new(Code::StepNotAllowed, text).into())
}

/// The opportunity of an order that is cancelled or refunded, locked until the end of the operation.
#[derive(Default)]
struct LockedOpportunity {
    is_won: bool,
    /// The opportunity, if the outcome moves it. Then the actor has the permission to change it.
    to_move: Option<Opportunity>,
}

async fn lock_opportunity(
    op: &mut Op<'_>,
    order: &Order,
    step: Step,
    outcome: Option<Outcome>,
) -> Result<LockedOpportunity, Error> {
    let Some(id) = order.opportunity.filter(|_| step.closes_order()) else { return Ok(LockedOpportunity::default()) };
    if matches!(outcome, None | Some(Outcome::KeepWon)) {
        customer::hold(op, order.customer).await?;
        let is_won = opportunity::lock_stage_kind(op, id).await? == StageKind::Won;
        return Ok(LockedOpportunity { is_won, to_move: None });
    }
    let locked = opportunity::lock_of_order(op, id, opportunity::WRITE).await;
    let locked = locked.map_err(|error| error.below("opportunity"))?;
    Ok(LockedOpportunity { is_won: locked.kind == StageKind::Won, to_move: Some(locked) })
}

/// Moves the opportunity as the outcome says. The outcome is required for the last active order of a won opportunity.
async fn apply_outcome(
    op: &mut Op<'_>,
    order: &Order,
    opportunity: LockedOpportunity,
    outcome: Option<Outcome>,
    loss: Loss,
) -> Result<(), Error> {
    let is_last = match order.opportunity.filter(|_| opportunity.is_won) {
        Some(id) => !store::has_other_active_order(op.db(), id, order.id).await?,
        None => false,
    };
    check_outcome(is_last, outcome)?;
    let lost_or_void = match outcome {
        Some(Outcome::Lost) => Some(StageKind::Lost),
        Some(Outcome::Void) => Some(StageKind::Void),
        _ => None,
    };
    if lost_or_void.is_none() {
        moving::check_loss(op.directory(), StageKind::Won, loss.clone())?;
    }
    match (opportunity.to_move, lost_or_void) {
        (Some(opportunity), Some(kind)) => moving::move_locked_to_kind(op, &opportunity, kind, loss).await,
        (Some(opportunity), None) => moving::reopen(op, &opportunity).await,
        (None, _) => Ok(()),
    }
}

/// Requires an outcome for the last active order of a won opportunity, and refuses one for any other order. That the
/// opportunity stays won may always be given.
fn check_outcome(is_last: bool, outcome: Option<Outcome>) -> Result<(), UserError> {
    match (is_last, outcome) {
        (true, None) => {
            let text = Text::new(
                "This is the last active order of a won opportunity. Choose whether the opportunity is opened \
                 again, lost, void, or stays won.",
                "这是该赢单机会的最后一笔有效订单，请选择该机会是重新打开、输单、无效还是保持赢单。",
            );
            Err(UserError::new(Code::OpportunityOutcomeRequired, text))
        }
        (false, Some(Outcome::Reopen | Outcome::Lost | Outcome::Void)) => Err(UserError::invalid(
            &["outcome"],
            "The opportunity can only be moved with the last active order of a won opportunity. Leave the outcome out.",
            "只有取消或退款赢单机会的最后一笔有效订单时，才能选择机会结果。",
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_is_required_for_the_last_active_order_and_refused_for_others() {
        let checked = |is_last, outcome| check_outcome(is_last, outcome).map_err(|refusal| refusal.code);
        assert_eq!(checked(true, None), Err(Code::OpportunityOutcomeRequired));
        for outcome in [Outcome::Reopen, Outcome::Lost, Outcome::Void, Outcome::KeepWon] {
            assert_eq!(checked(true, Some(outcome)), Ok(()));
        }
        assert_eq!(checked(false, None), Ok(()));
        assert_eq!(checked(false, Some(Outcome::KeepWon)), Ok(()));
        for outcome in [Outcome::Reopen, Outcome::Lost, Outcome::Void] {
            assert_eq!(checked(false, Some(outcome)), Err(Code::Invalid));
        }
    }
}
