//! Undoing a batch: customers go back to where they were, as far as nobody has moved them since. In parts, each an operation of
//! its own: so few customers are held at a time, however many there are.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::batch::READ;
use super::store;
use crate::crm::customer::{self, assign, pool, transfer};
use crate::crm::people::departure;
use crate::crm::rule::run::undo as run;
use crate::kernel::access::{Grant, Permission, Scope};
use crate::kernel::error::{Error, UserError};
use crate::kernel::event::BatchKind;
use crate::kernel::id::{OperationBatchId, PoolRuleRunId};
use crate::kernel::op::Op;

/// How many customers are in a part: a run of a pool rule takes any number.
const AT_ONCE: usize = 1_000;

impl BatchKind {
    /// What one has to hold to do such a thing, and so to undo it.
    fn permission(self) -> Permission {
        match self {
            Self::TeamRelease => pool::RELEASE,
            Self::Assignment => assign::ASSIGN,
            Self::Transfer => transfer::TRANSFER,
            Self::Departure => departure::DEPART,
            Self::PoolRule => run::UNDO,
        }
    }
}

/// How far undoing has come in the log of a batch.
#[derive(Debug, Clone, Copy)]
pub struct Reached {
    /// The moment of the last entry.
    pub at: DateTime<Utc>,
    /// Its id.
    pub id: Uuid,
}

impl Reached {
    /// It begins.
    pub const NOTHING: Self = Self { at: DateTime::UNIX_EPOCH, id: Uuid::nil() };
}

/// What to undo.
#[derive(Debug, Clone, Copy)]
pub enum Undoing {
    /// A batch that the actor sees, and could do themselves now.
    Batch(OperationBatchId),
    /// What a run of a pool rule took.
    Run(PoolRuleRunId),
}

/// Undoes a part: what was done after `after`. Says how far it came, if there is more.
pub async fn undo(op: &mut Op<'_>, undoing: Undoing, after: Reached) -> Result<Option<Reached>, Error> {
    let (id, kind) = match undoing {
        Undoing::Batch(id) => {
            op.authorize(READ)?;
            (id, store::find_batch(op, id).await?.ok_or_else(UserError::not_found)?)
        }
        Undoing::Run(id) => (run::batch_of(id), BatchKind::PoolRule),
    };
    let grant = op.authorize(kind.permission())?;
    if kind == BatchKind::PoolRule {
        run::check_ended(op, id).await?;
    }
    move_back(op, id, after, &grant).await
}

/// Puts the customers of a part of a batch back where they were: those that are where it moved them, between people in reach of
/// the grant, to owners who are still there. Their ownership begins anew, so the next run of a rule does not take them again.
async fn move_back(
    op: &mut Op<'_>,
    id: OperationBatchId,
    after: Reached,
    grant: &Grant,
) -> Result<Option<Reached>, Error> {
    let rights = op.rights()?;
    let Some((to, is_last)) = store::end_of_part(op.db(), id, after, AT_ONCE).await? else { return Ok(None) };
    // People before customers.
    let mut returning = Vec::new();
    for owner in store::keep_former_owners(op.db(), id, after, to).await? {
        if assign::may_own(op.directory(), &rights, grant, owner)? {
            returning.push(owner.uuid());
        }
    }
    let losing: Option<&[Uuid]> = if grant.scopes().contains(Scope::All) { None } else { Some(&rights.team) };
    customer::keep_period(op.db()).await?;
    let moved = store::lock_moved(op.db(), id, after, to, &returning, losing).await?;
    pool::move_back(op, id, &moved).await?;
    if !moved.is_empty() {
        let (now, by) = (op.now(), op.viewer()?.user);
        store::returned(op.db(), id, moved.len(), by, now).await?;
    }
    Ok((!is_last).then_some(to))
}
