//! Undo of a batch: its customers go back to where they were, except those that were moved again since. A batch is
//! undone in parts, each in an operation of its own, so that few customers are locked at a time, regardless of the size
//! of the batch.

use uuid::Uuid;

pub use super::Reached;
use super::batch::READ;
use super::store;
use crate::crm::customer::{self, assign, pool, transfer};
use crate::crm::people::departure;
use crate::crm::rule::run::{UNDO, undo as run};
use crate::kernel::access::{Grant, Permission, Scope};
use crate::kernel::audit::{Entry, Kind};
use crate::kernel::error::{Error, UserError};
use crate::kernel::event::BatchKind;
use crate::kernel::id::{OperationBatchId, PoolRuleRunId};
use crate::kernel::op::Op;

/// The number of customers in a part.
const PART: usize = 1_000;

impl BatchKind {
    /// The permission to start such a batch, which undoing it needs, too.
    fn permission(self) -> Permission {
        match self {
            Self::TeamRelease => pool::RELEASE,
            Self::Assignment => assign::ASSIGN,
            Self::Transfer => transfer::TRANSFER,
            Self::Departure => departure::DEPART,
            Self::PoolRule => UNDO,
        }
    }
}

/// What to undo.
#[derive(Debug, Clone, Copy)]
pub enum Undoing {
    /// A batch that the actor may see and has the permission to start.
    Batch(OperationBatchId),
    /// The batch of a run of a pool rule.
    Run(PoolRuleRunId),
}

/// Undoes the next part of a batch, behind `after`. Returns how far it came, or `None` if it has reached the end.
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
        if after == Reached::NOTHING {
            let run: PoolRuleRunId = id.uuid().into();
            op.audit(Entry::of(Kind::PoolRuleRunUndone).detail(format!("run: {run}"))).await?;
        }
    }
    move_back(op, id, kind, after, &grant).await
}

/// Moves customers of a part of a batch back to where they were, if they are still where the batch moved them. The
/// owners before and after must be in reach of the grant, and the owner before must be active.
async fn move_back(
    op: &mut Op<'_>,
    id: OperationBatchId,
    kind: BatchKind,
    after: Reached,
    grant: &Grant,
) -> Result<Option<Reached>, Error> {
    let rights = op.rights()?;
    let Some((to, is_last)) = store::end_of_part(op.db(), id, after, PART).await? else { return Ok(None) };
    // Users must be locked before customers.
    let mut returning = Vec::new();
    for owner in store::lock_former_owners(op.db(), id, after, to).await? {
        if assign::may_own(op.directory(), &rights, grant, owner)? {
            returning.push(owner.uuid());
        }
    }
    let losing: Option<&[Uuid]> = if grant.scopes().contains(Scope::All) { None } else { Some(&rights.team) };
    customer::lock_protection_period(op.db()).await?;
    let moved = store::lock_moved(op.db(), id, after, to, &returning, losing).await?;
    pool::move_back(op, id, &moved).await?;
    if kind == BatchKind::PoolRule {
        run::begin_notice_again(op, &moved).await?;
    }
    if !moved.is_empty() {
        let (now, by) = (op.now(), op.viewer()?.user);
        store::add_returned(op.db(), id, moved.len(), by, now).await?;
    }
    Ok((!is_last).then_some(to))
}
