//! Somebody leaves: account, sessions and customers in one operation. And comes back.

use super::session::Ended;
use super::{policy, store};
use crate::crm::customer::assign::can_own;
use crate::crm::customer::leaving::{self, Group, Handed};
use crate::kernel::access::{Action, Grant, Permission, Resource};
use crate::kernel::error::{Error, UserError};
use crate::kernel::event::BatchKind;
use crate::kernel::id::UserId;
use crate::kernel::op::Op;
pub use store::OpenWork;

/// To close accounts.
pub const DEPART: Permission = Permission::to(Action::Depart, Resource::User);

/// Where a group of the leaver's customers goes: to somebody, or to the pool.
#[derive(Debug, Clone, Copy)]
pub struct Choice {
    /// Which.
    pub group: Group,
    /// To whom; `None`: to the pool.
    pub to: Option<UserId>,
}

/// Closes the account, ends its sessions, moves those who answered to the leaver up, and gives every customer away: by choice,
/// else to the leaver's superior what should not fall, and to the pool the rest. Whoever has left stays so.
pub async fn depart(op: &mut Op<'_>, leaver: UserId, choices: &[Choice]) -> Result<Handed, Error> {
    let grant = op.authorize(DEPART)?;
    policy::keep_an_administrator(op, |people, _| {
        if let Some(member) = people.get_mut(&leaver) {
            member.is_active = false;
        }
    })
    .await?;
    // People before customers. This waits for whatever the leaver is in the middle of; nothing begins behind it.
    let is_active = store::lock_leaver(op.db(), leaver).await?.ok_or_else(|| UserError::not_found().at(&["userId"]))?;
    if !is_active {
        return Ok(Handed::default());
    }
    let successors = successors(op, &grant, leaver, choices).await?;
    let now = op.now();
    let directory = crate::kernel::directory::read(op.db()).await?;
    let manager = directory.people.get(&leaver).and_then(|member| member.manager);
    store::set_manager(op.db(), &directory.reports_of(leaver), manager, now).await?;
    store::set_departed(op.db(), leaver, now).await?;
    store::end_sessions(op.db(), leaver, None, Ended::Departed, now).await?;
    op.begin_batch(BatchKind::Departure, Some(leaver), None);
    leaving::give_away(op, leaver, |group| successors[group as usize]).await
}

/// Opens the account of somebody again who left and comes back: with their roles and place in the tree, without customers.
/// Who is there stays so.
pub async fn reactivate(op: &mut Op<'_>, user: UserId) -> Result<(), Error> {
    op.authorize(DEPART)?;
    store::lock_leaver(op.db(), user).await?.ok_or_else(|| UserError::not_found().at(&["userId"]))?;
    let now = op.now();
    store::set_active(op.db(), user, now).await?;
    Ok(())
}

/// Who gets each group, in the order of [`Group::ALL`]. They do not depart meanwhile.
async fn successors(
    op: &mut Op<'_>,
    grant: &Grant,
    leaver: UserId,
    choices: &[Choice],
) -> Result<[Option<UserId>; Group::ALL.len()], Error> {
    let superior = superior_who_can_own(op, grant, leaver).await?;
    let mut successors = [superior, superior, superior, None];
    for (place, choice) in choices.iter().enumerate() {
        if choices[..place].iter().any(|other| other.group == choice.group) {
            let (en, zh) = ("names a group twice", "同一分组只能指定一次");
            return Err(UserError::invalid(&["customers"], en, zh).into());
        }
        if let Some(to) = choice.to
            && (to == leaver || !can_own(op, grant, to).await?)
        {
            return Err(crate::crm::customer::assign::invalid_owner().at(&["customers"]).into());
        }
        successors[choice.group as usize] = choice.to;
    }
    Ok(successors)
}

async fn superior_who_can_own(op: &mut Op<'_>, grant: &Grant, leaver: UserId) -> Result<Option<UserId>, Error> {
    let superior = op.directory().people.get(&leaver).and_then(|member| member.manager);
    match superior {
        Some(superior) if can_own(op, grant, superior).await? => Ok(Some(superior)),
        _ => Ok(None),
    }
}

/// What a departure is about.
#[derive(Debug)]
pub struct Preview {
    /// How many customers of each group there are, and who gets them where nobody chooses.
    pub customers: Vec<(Group, i64, Option<UserId>)>,
    /// What stays with the leaver until somebody takes it over.
    pub open_work: OpenWork,
}

/// What somebody would leave behind; none when they do not exist or have left.
pub async fn preview(op: &mut Op<'_>, leaver: UserId) -> Result<Option<Preview>, Error> {
    let grant = op.authorize(DEPART)?;
    if !op.directory().people.get(&leaver).is_some_and(|member| member.is_active) {
        return Ok(None);
    }
    let successors = successors(op, &grant, leaver, &[]).await?;
    let counts = leaving::count(op, leaver).await?;
    let customers = counts.into_iter().map(|(group, count)| (group, count, successors[group as usize])).collect();
    Ok(Some(Preview { customers, open_work: store::open_work_of(op.db(), leaver).await? }))
}
