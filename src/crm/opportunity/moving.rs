//! From stage to stage: forward, back, to its end, and open again.

use super::edit::WRITE;
use super::held::{Opportunity, hold, not_live};
use super::store;
use crate::kernel::clock::change_time;
use crate::kernel::directory::{Stage, StageKind, check_probability};
use crate::kernel::error::{Error, UserError};
use crate::kernel::id::OpportunityId;
use crate::kernel::op::Op;
use crate::kernel::text;

/// Where an opportunity is to go.
#[derive(Debug, Clone)]
pub struct Move {
    /// The code of the stage.
    pub stage: String,
    /// How likely it is won from then on, in percent; the stage's own probability when nobody says otherwise.
    pub probability: Option<i32>,
    /// Why it is lost, or given up.
    pub lost_reason: Option<String>,
}

/// Moves an opportunity to a stage. `version` is the one that the user saw; a stale one is a `CONFLICT`.
pub async fn move_to(op: &mut Op<'_>, id: OpportunityId, version: i32, to: Move) -> Result<(), Error> {
    op.authorize(WRITE)?;
    let opportunity = hold(op, id, WRITE).await?;
    UserError::check_version(opportunity.version, version)?;
    put(op, &opportunity, to).await
}

/// Moves an opportunity that is held.
pub async fn put(op: &mut Op<'_>, opportunity: &Opportunity, to: Move) -> Result<(), Error> {
    let stage = op
        .directory()
        .stage(&to.stage)
        .cloned()
        .ok_or_else(|| UserError::invalid(&["stage"], "is no stage of the pipeline", "不是销售漏斗中的阶段"))?;
    to.probability.map_or(Ok(()), check_probability)?;
    let reason = text::optional(&["lostReason"], to.lost_reason, 1_000)?;
    check(opportunity, &stage, reason.as_deref())?;
    let (at, mover) = (change_time(op.now(), opportunity.updated_at), op.actor().user_id());
    let probability = to.probability.unwrap_or(stage.probability);
    store::set_stage(op.db(), opportunity.id, &stage, probability, reason.as_deref(), mover, at).await?;
    Ok(())
}

/// Moves an opportunity that is held to the first stage of a kind; where it is of that kind already, it stays.
pub async fn put_into(
    op: &mut Op<'_>,
    opportunity: &Opportunity,
    kind: StageKind,
    lost_reason: Option<String>,
) -> Result<(), Error> {
    if opportunity.kind == kind {
        return Ok(());
    }
    let stage = op.directory().stage_of(kind).map(|stage| stage.code.clone()).unwrap_or_default();
    put(op, opportunity, Move { stage, probability: None, lost_reason }).await
}

/// Opens an opportunity that is held again, where it was open last; in the first stage where that one is no more.
pub async fn reopen(op: &mut Op<'_>, opportunity: &Opportunity) -> Result<(), Error> {
    match store::last_open_stage(op.db(), opportunity.id).await?.filter(|stage| op.directory().stage(stage).is_some()) {
        Some(stage) => put(op, opportunity, Move { stage, probability: None, lost_reason: None }).await,
        None => put_into(op, opportunity, StageKind::Open, None).await,
    }
}

/// Whether an opportunity may go to a stage. One whose owner no longer has the customer can only be ended, as lost or void;
/// also one that was won, for its orders may still be called off.
fn check(opportunity: &Opportunity, to: &Stage, reason: Option<&str>) -> Result<(), UserError> {
    let ends_without = matches!(to.kind, StageKind::Lost | StageKind::Void);
    let is_left = matches!(opportunity.kind, StageKind::Open | StageKind::Won);
    let may_go = opportunity.is_held() || (ends_without && is_left);
    if !may_go {
        return Err(not_live());
    }
    match reason {
        None if to.kind == StageKind::Lost => {
            Err(UserError::invalid(&["lostReason"], "says why it is lost", "请填写输单原因"))
        }
        Some(_) if !ends_without => {
            Err(UserError::invalid(&["lostReason"], "is for what is lost or void", "仅在输单或无效时填写"))
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

    fn opportunity(kind: StageKind, is_held: bool) -> Opportunity {
        let user = |number| Uuid::from_u128(number).into();
        Opportunity {
            id: Uuid::from_u128(1).into(),
            customer: Uuid::from_u128(2).into(),
            customer_owner: Some(user(if is_held { 3 } else { 4 })),
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
    fn what_a_former_owner_left_can_only_be_ended() {
        let kinds = [StageKind::Open, StageKind::Won, StageKind::Lost, StageKind::Void];
        for from in kinds {
            for to in kinds {
                let stage = Stage { code: "T".to_owned(), kind: to, probability: 0, active: true };
                let reason = (to == StageKind::Lost).then_some("price");
                assert!(check(&opportunity(from, true), &stage, reason).is_ok(), "{from:?} to {to:?}");
                let may =
                    matches!(from, StageKind::Open | StageKind::Won) && matches!(to, StageKind::Lost | StageKind::Void);
                assert_eq!(check(&opportunity(from, false), &stage, reason).is_ok(), may, "{from:?} to {to:?}");
            }
        }
    }

    #[test]
    fn a_loss_has_a_reason_and_nothing_else_has() {
        let stage = |kind| Stage { code: "T".to_owned(), kind, probability: 0, active: true };
        let open = opportunity(StageKind::Open, true);
        assert!(check(&open, &stage(StageKind::Lost), None).is_err());
        assert!(check(&open, &stage(StageKind::Won), Some("price")).is_err());
        assert!(check(&open, &stage(StageKind::Void), Some("a test")).is_ok());
    }
}
