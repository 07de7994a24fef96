//! Undoing a batch: customers go back to where they were, as far as nobody has moved them since.

use uuid::Uuid;

use super::batch::READ;
use super::store;
use crate::access::{Grant, Permission, Scope};
use crate::customer::{self, assign, pool, transfer};
use crate::error::{Error, UserError};
use crate::event::BatchKind;
use crate::id::OperationBatchId;
use crate::op::Op;
use crate::people::departure;
use crate::rule::run;

/// How many customers a statement puts back: a run of a pool rule takes any number.
const AT_ONCE: usize = 1_000;

impl BatchKind {
    /// What one has to hold to do such a thing, and so to undo it.
    fn permission(self) -> Permission {
        match self {
            Self::TeamRelease => pool::RELEASE,
            Self::Assignment => assign::ASSIGN,
            Self::Transfer => transfer::TRANSFER,
            Self::Departure => departure::DEPART,
            Self::PoolRule => run::undo::UNDO,
        }
    }
}

/// Undoes a batch that the actor sees, and could do themselves now.
pub async fn undo(op: &mut Op<'_>, id: OperationBatchId) -> Result<(), Error> {
    op.authorize(READ)?;
    let kind = store::find_batch(op, id).await?.ok_or_else(UserError::not_found)?;
    let grant = op.authorize(kind.permission())?;
    if kind == BatchKind::PoolRule {
        run::undo::check_ended(op, id).await?;
    }
    put_back(op, id, &grant).await
}

/// Puts the customers of a batch back where they were: those that are where it moved them, between people in reach of the
/// grant, to owners who are still there. Done again, it puts back what was busy the first time.
pub async fn put_back(op: &mut Op<'_>, id: OperationBatchId, grant: &Grant) -> Result<(), Error> {
    let rights = op.rights()?;
    // People before customers.
    let mut returning = Vec::new();
    for owner in store::keep_former_owners(op.db(), id).await? {
        if assign::may_own(op.directory(), &rights, grant, owner)? {
            returning.push(owner.uuid());
        }
    }
    let losing: Option<&[Uuid]> = if grant.scopes().contains(Scope::All) { None } else { Some(&rights.team) };
    customer::keep_period(op.db()).await?;
    let mut returned = 0;
    loop {
        let displaced = store::lock_displaced(op.db(), id, &returning, losing, AT_ONCE).await?;
        pool::put_back(op, id, &displaced).await?;
        returned += displaced.len();
        if displaced.len() < AT_ONCE {
            break;
        }
    }
    if returned > 0 {
        let (now, by) = (op.now(), op.viewer()?.user);
        store::returned(op.db(), id, returned, by, now).await?;
    }
    Ok(())
}
