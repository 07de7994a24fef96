//! A superior gives pooled customers to reps. Protection and claim limits do not apply; blacklisted customers are
//! refused.

use super::locking::{self, Outcome};
pub use super::model::ASSIGN;
use super::model::{CLAIM, Customer};
use super::store;
use crate::crm::people;
use crate::kernel::access::{Grant, Rights, Scope};
use crate::kernel::clock::change_time;
use crate::kernel::directory::Directory;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::event::{BatchKind, Event, Kind};
use crate::kernel::id::{CustomerId, UserId};
use crate::kernel::op::Op;

/// Gives pooled customers to a rep of the actor's team, in the order given, with an outcome for each. A customer that
/// the rep owns already is a success and is not logged again.
pub async fn assign(op: &mut Op<'_>, ids: &[CustomerId], owner: UserId) -> Result<Vec<Outcome>, Error> {
    let grant = op.authorize(ASSIGN)?;
    locking::check_batch(op, ids.len())?;
    check_owner(op, &grant, owner).await?;
    op.begin_batch(BatchKind::Assignment, Some(owner), None);
    give_each(op, ids, |_| Some(owner)).await
}

/// Gives each customer to the owner that `owner_of` says; the caller has checked these owners. A customer without one
/// is a `CONFLICT`, because it could not be assigned when the owners were chosen.
pub(super) async fn give_each(
    op: &mut Op<'_>,
    ids: &[CustomerId],
    owner_of: impl Fn(CustomerId) -> Option<UserId>,
) -> Result<Vec<Outcome>, Error> {
    let (now, names, rights) = (op.now(), op.directory_handle(), op.rights()?);
    let refuse = |customer: &Customer| refusal(customer, owner_of(customer.id), &rights, &names);
    let mut candidates = locking::load(op, ids, ASSIGN, refuse).await?;
    locking::lock(op, &mut candidates, ASSIGN, refuse).await?;
    let mut events = Vec::new();
    let outcomes = locking::answer_each(ids, |id| {
        let customer = candidates.of(id)?;
        let owner = owner_of(id).ok_or_else(UserError::conflict)?;
        if customer.owner.is_none() {
            events.push(Event {
                customer: id,
                at: change_time(now, customer.updated_at),
                kind: Kind::Assigned { owner },
                remark: None,
                pool: None,
            });
        }
        Ok(())
    });
    op.record(&events).await?;
    store::give(op.db(), &events).await?;
    crate::kernel::metrics::customers_moved("assigned", events.len());
    Ok(outcomes)
}

/// Why a customer can't be assigned; `None` if it can, or if the rep who shall get it owns it already.
pub(super) fn refusal(
    customer: &Customer,
    owner: Option<UserId>,
    rights: &Rights,
    names: &Directory,
) -> Option<UserError> {
    match customer.owner {
        _ if !customer.reach.is_seen => Some(UserError::not_found()),
        Some(present) if Some(present) == owner => None,
        Some(present) => {
            let owner = people::name_for(rights, names, present);
            Some(super::pool::ClaimError::AlreadyOwned { owner }.into())
        }
        None if customer.is_archived => locking::check_not_archived(customer).err(),
        None if customer.is_blacklisted => Some(super::pool::ClaimError::Blacklisted.into()),
        None if !customer.reach.is_permitted => Some(UserError::forbidden(ASSIGN)),
        None => None,
    }
}

/// Refuses a user who can't become an owner by this grant. Otherwise the user is locked, so that they can't depart
/// meanwhile.
pub(super) async fn check_owner(op: &mut Op<'_>, grant: &Grant, owner: UserId) -> Result<(), Error> {
    if can_own(op, grant, owner).await? { Ok(()) } else { Err(invalid_owner().at(&["ownerId"]).into()) }
}

/// Whether a user can become an owner by this grant. If so, the user is locked, so that they can't depart meanwhile.
pub async fn can_own(op: &mut Op<'_>, grant: &Grant, owner: UserId) -> Result<bool, Error> {
    Ok(may_own(op.directory(), &*op.rights()?, grant, owner)? && store::keep_active(op.db(), owner).await?)
}

/// Whether a user can become an owner by this grant: they are active, may claim, and report to the actor unless the
/// grant reaches everyone. A team does not include the actor: for themselves, people claim.
pub fn may_own(directory: &Directory, rights: &Rights, grant: &Grant, owner: UserId) -> Result<bool, Error> {
    let Some(owners_rights) = directory.rights(owner).map_err(|error| Error::Internal(error.into()))? else {
        return Ok(false);
    };
    let can_claim = Grant::of(&owners_rights, CLAIM).is_some();
    Ok(can_claim && (rights.is_above(owner) || grant.scopes().contains(Scope::All)))
}

/// The refusal of a user who can't become an owner.
pub fn invalid_owner() -> UserError {
    let text = Text::new(
        "This user can't become the owner: they have departed, are not in your team, or may not claim customers.",
        "该用户不能成为负责人：已离职、不在你的团队中，或没有领取客户的权限。",
    );
    UserError::new(Code::InvalidOwner, text)
}
