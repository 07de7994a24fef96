//! An opportunity moves from stage to stage: forward, back, to an end, and open again.

use super::locking::{lock, not_live};
use super::{Opportunity, WRITE, store};
use crate::kernel::clock::change_time;
use crate::kernel::directory::{Stage, StageKind, check_probability};
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
    /// Why it is lost or void. It is required for lost ones.
    pub lost_reason: Option<String>,
}

/// Moves an opportunity to a stage. `version` is the version that the user saw; if the opportunity has another one, the
/// move is refused with `CONFLICT`.
pub async fn move_to(op: &mut Op<'_>, id: OpportunityId, version: i32, to: Move) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let opportunity = lock(op, id, WRITE).await?;
    UserError::check_version(opportunity.version, version)?;
    move_locked(op, &opportunity, to).await
}

/// Moves an opportunity that is locked.
pub async fn move_locked(op: &mut Op<'_>, opportunity: &Opportunity, to: Move) -> Result<(), Error> {
    let stage = op.directory().stage(&to.stage).cloned().ok_or_else(|| {
        UserError::invalid(&["stage"], "The pipeline has no active stage with this code.", "该阶段不存在或已停用。")
    })?;
    to.probability.map_or(Ok(()), check_probability)?;
    let reason = text::optional(&["lostReason"], to.lost_reason, 1_000)?;
    check_move(opportunity, &stage, reason.as_deref())?;
    let (at, mover) = (change_time(op.now(), opportunity.updated_at), op.actor().user_id());
    let probability = to.probability.unwrap_or(stage.probability);
    store::set_stage(op.db(), opportunity.id, &stage, probability, reason.as_deref(), mover, at).await?;
    Ok(())
}

/// Moves an opportunity that is locked to the first stage of a kind. It stays as it is if its stage is of that kind
/// already.
pub async fn move_locked_to_kind(
    op: &mut Op<'_>,
    opportunity: &Opportunity,
    kind: StageKind,
    lost_reason: Option<String>,
) -> Result<(), Error> {
    if opportunity.kind == kind {
        return Ok(());
    }
    let stage = op.directory().stage_of(kind).map(|stage| stage.code.clone()).unwrap_or_default();
    move_locked(op, opportunity, Move { stage, probability: None, lost_reason }).await
}

/// Opens an opportunity that is locked again, in its last open stage; in the first open stage if that one is not active
/// any more.
pub async fn reopen(op: &mut Op<'_>, opportunity: &Opportunity) -> Result<(), Error> {
    match store::last_open_stage(op.db(), opportunity.id).await?.filter(|stage| op.directory().stage(stage).is_some()) {
        Some(stage) => move_locked(op, opportunity, Move { stage, probability: None, lost_reason: None }).await,
        None => move_locked_to_kind(op, opportunity, StageKind::Open, None).await,
    }
}

/// Refuses a move that is not allowed. If the owner does not have the customer any more, an open or won opportunity can
/// only become lost or void. A won one can, because its orders may still be cancelled or refunded.
fn check_move(opportunity: &Opportunity, to: &Stage, reason: Option<&str>) -> Result<(), UserError> {
    let becomes_lost_or_void = matches!(to.kind, StageKind::Lost | StageKind::Void);
    let is_open_or_won = matches!(opportunity.kind, StageKind::Open | StageKind::Won);
    let is_allowed = opportunity.owner_has_customer() || (becomes_lost_or_void && is_open_or_won);
    if !is_allowed {
        return Err(not_live());
    }
    match reason {
        None if to.kind == StageKind::Lost => {
            Err(UserError::invalid(&["lostReason"], "Give the reason why the opportunity is lost.", "请填写输单原因。"))
        }
        Some(_) if !becomes_lost_or_void => {
            let (en, zh) = ("Give a reason only if the opportunity is lost or void.", "仅在输单或无效时填写原因。");
            Err(UserError::invalid(&["lostReason"], en, zh))
        }
        _ => Ok(()),
    }
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
                let reason = (to == StageKind::Lost).then_some("price");
                assert!(check_move(&opportunity(from, true), &stage, reason).is_ok(), "{from:?} to {to:?}");
                let is_allowed =
                    matches!(from, StageKind::Open | StageKind::Won) && matches!(to, StageKind::Lost | StageKind::Void);
                assert_eq!(
                    check_move(&opportunity(from, false), &stage, reason).is_ok(),
                    is_allowed,
                    "{from:?} to {to:?}"
                );
            }
        }
    }

    #[test]
    fn a_reason_is_required_if_lost_optional_if_void_and_refused_otherwise() {
        let stage =
            |kind| Stage { code: "T".to_owned(), kind, probability: 0, active: true, names: Default::default() };
        let open = opportunity(StageKind::Open, true);
        assert!(check_move(&open, &stage(StageKind::Lost), None).is_err());
        assert!(check_move(&open, &stage(StageKind::Won), Some("price")).is_err());
        assert!(check_move(&open, &stage(StageKind::Void), Some("a test")).is_ok());
    }
}
