//! Departure: one operation closes the account, ends the sessions and gives the customers away. A departed user can
//! come back.

use super::session::{self, EndReason};
use super::user::may_give;
use super::{policy, store};
use crate::crm::customer;
use crate::crm::customer::assign::can_own;
use crate::crm::customer::leaving::{self, Group, Handed};
use crate::crm::task;
use crate::kernel::access::{Action, Grant, Permission, Resource};
use crate::kernel::audit::{Entry, Kind};
use crate::kernel::error::{Error, UserError};
use crate::kernel::event::BatchKind;
use crate::kernel::id::UserId;
use crate::kernel::op::Op;
pub use store::OpenWork;

/// The permission to close accounts, and to open them again.
pub const DEPART: Permission = Permission::to(Action::Depart, Resource::User);

/// The new owner of a group of the leaver's customers, as chosen by the actor.
#[derive(Debug, Clone, Copy)]
pub struct Choice {
    /// The group of customers.
    pub group: Group,
    /// The new owner; `None` for the pool.
    pub to: Option<UserId>,
}

/// Closes the account, ends its sessions, gives the leaver's reports to the leaver's manager, and gives every customer
/// away. Groups without a choice go to the leaver's manager, except the group of the rest, which goes to the pool. The
/// leaver's manager also gets the open tasks that did not go with a customer. It is no error if the user has departed already.
pub async fn depart(op: &mut Op<'_>, leaver: UserId, choices: &[Choice]) -> Result<Handed, Error> {
    let grant = op.authorize(DEPART)?;
    // The lock of the directory is held, so this is the present tree, not the one of when the operation began.
    let directory = op.present_directory().await?;
    policy::check_account(op, &directory, leaver)?;
    policy::check_administrator_remains(op, |people, _| {
        people.change(leaver, |member| member.is_active = false);
    })
    .await?;
    // Users are locked before customers. The lock waits for the leaver's running operations, and no further one can
    // begin.
    let is_active = store::lock_user(op.db(), leaver).await?.ok_or_else(|| UserError::not_found().at(&["userId"]))?;
    if !is_active {
        return Ok(Handed::default());
    }
    let successors = choose_successors(op, &grant, leaver, choices).await?;
    let now = op.now();
    let manager = directory.people.get(&leaver).and_then(|member| member.manager);
    let superior = match manager {
        Some(manager) if customer::keep_active(op.db(), manager).await? => Some(manager),
        _ => None,
    };
    store::set_manager(op.db(), &directory.people.reports_of(leaver), manager, now).await?;
    store::set_departed(op.db(), leaver, now).await?;
    session::end_sessions(op.db(), leaver, None, EndReason::Departed, now).await?;
    op.audit(Entry::of(Kind::UserDeparted).about(leaver)).await?;
    op.begin_batch(BatchKind::Departure, Some(leaver), None);
    let handed = leaving::give_away(op, leaver, |group| successors[group as usize]).await?;
    task::leaving::hand_over(op, leaver, superior).await?;
    Ok(handed)
}

/// Opens the account of a departed user again, with their manager and those of their roles that the actor may give,
/// without customers. It is no error if the account is open; then nothing changes.
pub async fn reactivate(op: &mut Op<'_>, user: UserId) -> Result<(), Error> {
    op.authorize(DEPART)?;
    let directory = op.present_directory().await?;
    let member = directory.people.get(&user).ok_or_else(|| UserError::not_found().at(&["userId"]))?;
    policy::check_account(op, &directory, user)?;
    if member.is_active {
        return Ok(());
    }
    let roles: Vec<_> = member.roles.iter().filter(|role| may_give(op, &directory, role)).cloned().collect();
    let now = op.now();
    store::set_active(op.db(), user, now).await?;
    store::set_roles(op.db(), user, &roles).await?;
    op.audit(Entry::of(Kind::UserReactivated).about(user).detail(format!("roles: {}", roles.join(", ")))).await
}

/// Returns who gets each group, in the order of [`Group::ALL`]. `can_own` locks them, so that they do not depart meanwhile.
async fn choose_successors(
    op: &mut Op<'_>,
    grant: &Grant,
    leaver: UserId,
    choices: &[Choice],
) -> Result<[Option<UserId>; Group::ALL.len()], Error> {
    let superior = find_superior_who_can_own(op, grant, leaver).await?;
    let mut successors = [superior, superior, superior, None];
    for (place, choice) in choices.iter().enumerate() {
        if choices[..place].iter().any(|other| other.group == choice.group) {
            let (en, zh) = ("Each group may be given only once.", "同一分组只能指定一次。");
            return Err(UserError::invalid(&["customers"], en, zh).into());
        }
        if let Some(to) = choice.to
            && (to == leaver || !can_own(op, grant, to).await?)
        {
            return Err(customer::assign::invalid_owner().at(&["customers"]).into());
        }
        successors[choice.group as usize] = choice.to;
    }
    Ok(successors)
}

async fn find_superior_who_can_own(op: &mut Op<'_>, grant: &Grant, leaver: UserId) -> Result<Option<UserId>, Error> {
    let superior = op.directory().people.get(&leaver).and_then(|member| member.manager);
    match superior {
        Some(superior) if can_own(op, grant, superior).await? => Ok(Some(superior)),
        _ => Ok(None),
    }
}

/// What a departure would move and leave behind.
#[derive(Debug)]
pub struct Preview {
    /// The number of customers of each group, and who gets them without a choice; `None` for the pool.
    pub customers: Vec<(Group, i64, Option<UserId>)>,
    /// The work that stays with the leaver until somebody adopts it.
    pub open_work: OpenWork,
}

/// Previews a departure; `None` if there is no such user or the user has departed.
pub async fn preview(op: &mut Op<'_>, leaver: UserId) -> Result<Option<Preview>, Error> {
    let grant = op.authorize(DEPART)?;
    if !op.directory().people.get(&leaver).is_some_and(|member| member.is_active) {
        return Ok(None);
    }
    let successors = choose_successors(op, &grant, leaver, &[]).await?;
    let counts = leaving::count(op, leaver).await?;
    let customers = counts.into_iter().map(|(group, count)| (group, count, successors[group as usize])).collect();
    Ok(Some(Preview { customers, open_work: store::open_work_of(op.db(), leaver).await? }))
}
