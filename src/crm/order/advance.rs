//! The life of an order: pay, ship, deliver, cancel, refund. Whoever calls off the last order of a won opportunity says what
//! becomes of the opportunity.

use rust_decimal::Decimal;

use super::held::{Order, hold, look};
use super::step::{self, Step};
use super::store::{self, Done};
use crate::crm::customer;
use crate::crm::opportunity::{self, Opportunity, edit, moving};
use crate::kernel::clock::change_time;
use crate::kernel::directory::StageKind;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::id::OrderId;
use crate::kernel::op::Op;
use crate::kernel::scalar::name_of;
use crate::kernel::text;

/// What to do to an order.
#[derive(Debug)]
pub struct StepInput {
    /// What.
    pub step: Step,
    /// What is paid; the rest when nobody says otherwise.
    pub amount: Option<Decimal>,
    /// What is said about it.
    pub remark: Option<String>,
    /// What becomes of the opportunity.
    pub outcome: Option<(Outcome, Option<String>)>,
}

/// What becomes of an opportunity whose last order is called off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "OpportunityOutcome")]
pub enum Outcome {
    /// It is open again, in the stage where it was open last.
    Reopen,
    /// It is lost after all.
    Lost,
    /// It never was one.
    Void,
    /// It stays won.
    KeepWon,
}

/// Takes an order a step on. `version` is the one that the user saw; a stale one is a `CONFLICT`.
pub async fn advance(op: &mut Op<'_>, id: OrderId, version: i32, input: StepInput) -> Result<(), Error> {
    let permission = input.step.permission();
    op.authorize(permission)?;
    step::check_amount(input.amount)?;
    let remark = text::optional_block(&["remark"], input.remark, 1_000)?;
    // The opportunity first: of two who call off the last two orders of one, the second knows that it is the last.
    let seen = look(op, id, permission).await?;
    let (outcome, lost_reason) = input.outcome.unzip();
    let behind = hold_behind(op, &seen, input.step, outcome).await?;
    let order = hold(op, id, permission).await?;
    UserError::check_version(order.version, version)?;
    let advance =
        step::decide(order.status, order.total, order.paid, input.step, input.amount).map_err(UserError::from)?;
    settle(op, &order, behind, outcome, lost_reason.flatten()).await.map_err(|error| error.below("opportunity"))?;
    let at = change_time(op.now(), order.updated_at);
    let paid = if input.step == Step::Pay { order.paid + advance.amount.unwrap_or_default() } else { order.paid };
    store::set_status(op.db(), id, advance, paid, at).await?;
    let done = Done {
        action: name_of(input.step),
        from: order.status,
        to: advance.to,
        amount: advance.amount,
        totals: None,
        remark: remark.as_deref(),
        at,
    };
    store::record(op, id, order.customer, &done).await
}

/// The opportunity behind an order that is called off, kept where it is until that is decided.
#[derive(Default)]
struct Behind {
    is_won: bool,
    /// Held by who may move it, where that is wished.
    to_move: Option<Opportunity>,
}

async fn hold_behind(op: &mut Op<'_>, order: &Order, step: Step, outcome: Option<Outcome>) -> Result<Behind, Error> {
    let Some(id) = order.opportunity.filter(|_| step.calls_off()) else { return Ok(Behind::default()) };
    if matches!(outcome, None | Some(Outcome::KeepWon)) {
        customer::hold(op, order.customer).await?;
        return Ok(Behind { is_won: opportunity::keep(op, id).await? == StageKind::Won, to_move: None });
    }
    let held = opportunity::hold_behind_order(op, id, edit::WRITE).await.map_err(|error| error.below("opportunity"))?;
    Ok(Behind { is_won: held.kind == StageKind::Won, to_move: Some(held) })
}

/// Lets the opportunity become what was said, if this was its last order that counted.
async fn settle(
    op: &mut Op<'_>,
    order: &Order,
    behind: Behind,
    outcome: Option<Outcome>,
    lost_reason: Option<String>,
) -> Result<(), Error> {
    let is_last = match order.opportunity.filter(|_| behind.is_won) {
        Some(id) => !store::has_other_counting(op.db(), id, order.id).await?,
        None => false,
    };
    check_outcome(is_last, outcome)?;
    let ends_as = match outcome {
        Some(Outcome::Lost) => Some(StageKind::Lost),
        Some(Outcome::Void) => Some(StageKind::Void),
        _ => None,
    };
    if lost_reason.is_some() && ends_as.is_none() {
        return Err(UserError::invalid(&["lostReason"], "is for what is lost or void", "仅在输单或无效时填写").into());
    }
    match (behind.to_move, ends_as) {
        (Some(opportunity), Some(kind)) => moving::put_into(op, &opportunity, kind, lost_reason).await,
        (Some(opportunity), None) => moving::reopen(op, &opportunity).await,
        (None, _) => Ok(()),
    }
}

/// What becomes of an opportunity is said with its last order, and only then; that it stays won may be said always.
fn check_outcome(is_last: bool, outcome: Option<Outcome>) -> Result<(), UserError> {
    match (is_last, outcome) {
        (true, None) => {
            let text = Text::new(
                "This is the last order of a won opportunity: say whether it is open again, lost, void, or stays won.",
                "这是已赢单销售机会的最后一笔有效订单，请说明该机会是重新打开、输单、无效还是保持赢单。",
            );
            Err(UserError::new(Code::OpportunityOutcomeRequired, text))
        }
        (false, Some(Outcome::Reopen | Outcome::Lost | Outcome::Void)) => Err(UserError::invalid(
            &["outcome"],
            "is decided with the last order of a won opportunity alone",
            "仅在已赢单销售机会的最后一笔有效订单作废时决定",
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_becomes_of_an_opportunity_is_said_with_its_last_order_alone() {
        let told = |is_last, outcome| check_outcome(is_last, outcome).map_err(|refusal| refusal.code);
        assert_eq!(told(true, None), Err(Code::OpportunityOutcomeRequired));
        for outcome in [Outcome::Reopen, Outcome::Lost, Outcome::Void, Outcome::KeepWon] {
            assert_eq!(told(true, Some(outcome)), Ok(()));
        }
        assert_eq!(told(false, None), Ok(()));
        assert_eq!(told(false, Some(Outcome::KeepWon)), Ok(()));
        for outcome in [Outcome::Reopen, Outcome::Lost, Outcome::Void] {
            assert_eq!(told(false, Some(outcome)), Err(Code::Invalid));
        }
    }
}
