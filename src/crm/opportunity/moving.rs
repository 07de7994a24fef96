//! An opportunity moves from stage to stage: forward, back, to an end, and open again.

use super::locking::{lock, not_live};
use super::{Loss, Opportunity, WRITE, store};
use crate::crm::setting::{check_choice, choice_codes};
use crate::kernel::clock::change_time;
use crate::kernel::directory::{ChoiceKind, Directory, Stage, StageKind, check_probability};
use crate::kernel::error::{Error, UserError};
use crate::kernel::id::OpportunityId;
use crate::kernel::op::Op;
use crate::kernel::text;

/// The new stage of an opportunity.
#[derive(Debug, Clone)]
pub struct Move {
    /// The code of the stage.
    pub stage: String,
    /// The probability of winning it, in percent; `None` for the stage's own probability.
    pub probability: Option<i32>,
    /// Why it is lost or void.
    pub loss: Loss,
}

/// Moves an opportunity to a stage. `version` is the version that the user saw; if the opportunity has another one, the
/// move is refused with `CONFLICT`.
pub async fn move_to(op: &mut Op<'_>, id: OpportunityId, version: i32, to: Move) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let opportunity = lock(op, id, WRITE).await?;
    UserError::check_version(opportunity.version, version)?;
    move_locked(op, &opportunity, to).await
}

/// Moves an opportunity that is locked. One with an order that counts can't become lost or void.
pub async fn move_locked(op: &mut Op<'_>, opportunity: &Opportunity, to: Move) -> Result<(), Error> {
    let becomes = op.directory().stage(&to.stage).map(|stage| stage.kind);
    let is_lost = becomes.is_some_and(StageKind::is_lost_or_void) && !opportunity.kind.is_lost_or_void();
    if is_lost && store::has_active_order(op.db(), opportunity.id).await? {
        return Err(has_orders().into());
    }
    set_stage(op, opportunity, to).await
}

async fn set_stage(op: &mut Op<'_>, opportunity: &Opportunity, to: Move) -> Result<(), Error> {
    let stage = op.directory().stage(&to.stage).cloned().ok_or_else(|| {
        UserError::invalid(&["stage"], "The pipeline has no active stage with this code.", "该阶段不存在或已停用。")
    })?;
    to.probability.map_or(Ok(()), check_probability)?;
    check_move(opportunity, &stage)?;
    let loss = check_loss(op.directory(), stage.kind, to.loss)?;
    let (at, mover) = (change_time(op.now(), opportunity.updated_at), op.actor().user_id());
    let probability = to.probability.unwrap_or(stage.probability);
    store::set_stage(op.db(), opportunity.id, &stage, probability, &loss, mover, at).await?;
    Ok(())
}

/// Moves an opportunity that is locked to the first stage of a kind. It stays as it is if its stage is of that kind
/// already. It may become lost or void with the end of its last order.
pub async fn move_locked_to_kind(
    op: &mut Op<'_>,
    opportunity: &Opportunity,
    kind: StageKind,
    loss: Loss,
) -> Result<(), Error> {
    if opportunity.kind == kind {
        return Ok(());
    }
    let stage = op.directory().stage_of(kind).map(|stage| stage.code.clone()).unwrap_or_default();
    set_stage(op, opportunity, Move { stage, probability: None, loss }).await
}

/// Opens an opportunity that is locked again, in its last open stage; in the first open stage if that one is not active
/// any more.
pub async fn reopen(op: &mut Op<'_>, opportunity: &Opportunity) -> Result<(), Error> {
    match store::last_open_stage(op.db(), opportunity.id).await?.filter(|stage| op.directory().stage(stage).is_some()) {
        Some(stage) => move_locked(op, opportunity, Move { stage, probability: None, loss: Loss::default() }).await,
        None => move_locked_to_kind(op, opportunity, StageKind::Open, Loss::default()).await,
    }
}

/// Refuses a move that is not allowed. If the owner does not have the customer any more, an open or won opportunity can
/// only become lost or void. A won one can, because its orders may still be cancelled or refunded.
fn check_move(opportunity: &Opportunity, to: &Stage) -> Result<(), UserError> {
    let becomes_lost_or_void = to.kind.is_lost_or_void();
    let is_open_or_won = matches!(opportunity.kind, StageKind::Open | StageKind::Won);
    let is_allowed = opportunity.owner_has_customer() || (becomes_lost_or_void && is_open_or_won);
    if is_allowed { Ok(()) } else { Err(not_live()) }
}

fn has_orders() -> UserError {
    let (en, zh) = (
        "An order of the opportunity counts. Cancel or refund it first: its last order asks what becomes of the opportunity.",
        "该商机还有有效订单，请先取消或退款；处理最后一笔订单时可选择机会结果。",
    );
    UserError::invalid(&["stage"], en, zh)
}

/// Validates why an opportunity is lost or void. A blank remark is none. The error contains all refusals.
pub fn check_loss(directory: &Directory, kind: StageKind, mut loss: Loss) -> Result<Loss, Error> {
    let mut refusals = Vec::new();
    let mut collect = |result: Result<(), UserError>| refusals.extend(result.err());
    let (is_lost, is_void) = (kind == StageKind::Lost, kind == StageKind::Void);
    collect(match &loss.reason {
        None if is_lost => {
            let codes = choice_codes(directory, ChoiceKind::LostReason);
            Err(UserError::invalid(
                &["lostReason"],
                format!("Choose the reason why the opportunity is lost: {codes}."),
                format!("请选择输单原因，可选值为：{codes}。"),
            ))
        }
        Some(_) if !is_lost => {
            let (en, zh) = ("Give a reason of the loss only if the opportunity is lost.", "仅在输单时填写输单原因。");
            Err(UserError::invalid(&["lostReason"], en, zh))
        }
        reason => check_choice(directory, "lostReason", ChoiceKind::LostReason, reason.as_deref()),
    });
    collect(text::optional_block(&["lostRemark"], loss.remark.take(), 1_000).map(|remark| loss.remark = remark));
    if loss.remark.is_some() && !is_lost && !is_void {
        let (en, zh) = ("Give a remark only if the opportunity is lost or void.", "仅在输单或无效时填写说明。");
        collect(Err(UserError::invalid(&["lostRemark"], en, zh)));
    }
    collect(match &loss.competitor {
        Some(_) if !is_lost => {
            let (en, zh) = (
                "Give the competitor who won only if the opportunity is lost. An update changes the competitor of a live one.",
                "仅在输单时填写赢单的竞争对手；进行中的商机请直接修改竞争对手。",
            );
            Err(UserError::invalid(&["competitor"], en, zh))
        }
        competitor => check_choice(directory, "competitor", ChoiceKind::Competitor, competitor.as_deref()),
    });
    if refusals.is_empty() { Ok(loss) } else { Err(Error::Refused(refusals)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::access::Reach;
    use chrono::DateTime;
    use uuid::Uuid;

    fn opportunity(kind: StageKind, owner_has_customer: bool) -> Opportunity {
        let user = |number| Uuid::from_u128(number).into();
        Opportunity {
            id: Uuid::from_u128(1).into(),
            customer: Uuid::from_u128(2).into(),
            customer_owner: Some(user(if owner_has_customer { 3 } else { 4 })),
            customer_is_archived: false,
            owner: user(3),
            stage: "S".to_owned(),
            kind,
            is_archived: false,
            updated_at: DateTime::from_timestamp(0, 0).unwrap(),
            version: 1,
            reach: Reach { is_seen: true, is_permitted: true },
        }
    }

    #[test]
    fn without_the_customer_an_opportunity_can_only_become_lost_or_void() {
        let kinds = [StageKind::Open, StageKind::Won, StageKind::Lost, StageKind::Void];
        for from in kinds {
            for to in kinds {
                let stage =
                    Stage { code: "T".to_owned(), kind: to, probability: 0, active: true, names: Default::default() };
                assert!(check_move(&opportunity(from, true), &stage).is_ok(), "{from:?} to {to:?}");
                let is_allowed =
                    matches!(from, StageKind::Open | StageKind::Won) && matches!(to, StageKind::Lost | StageKind::Void);
                assert_eq!(check_move(&opportunity(from, false), &stage).is_ok(), is_allowed, "{from:?} to {to:?}");
            }
        }
    }
}
