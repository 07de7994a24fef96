//! Absence: the days on which a user is away. Pool rules do not count these days for the user's customers. If an
//! absence is long, the user's superior is asked to transfer the customers.

mod read;
mod store;

use chrono::{Days, NaiveDate, TimeDelta};

use crate::kernel::access::{Action, Permission, Resource, Scope};
use crate::kernel::audit::{Entry, Kind};
use crate::kernel::directory::Calendar;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::event::{About, Notice, Notification};
use crate::kernel::id::{UserId, new_uuid};
use crate::kernel::op::Op;
pub use read::describe;
pub use store::away;

/// The permission to record and delete absences.
pub const WRITE: Permission = Permission::to(Action::Write, Resource::Absence);

/// The longest absence, and how far ahead one can begin.
const MAX_LENGTH: TimeDelta = TimeDelta::days(366);
/// How far back an absence can begin when it is recorded.
const MAX_BACKDATING: TimeDelta = TimeDelta::days(31);

/// Records that a user is away from the first to the last day, both included. It is no error if the same absence is
/// recorded already. If the user is then away for longer than `long_absence`, their superior is asked to transfer their
/// customers.
pub async fn record(op: &mut Op<'_>, user: UserId, first_day: NaiveDate, last_day: NaiveDate) -> Result<(), Error> {
    check_may_record(op, user)?;
    let today = op.settings().day_of(op.now());
    if last_day < first_day || last_day - first_day >= MAX_LENGTH {
        let (en, zh) = (
            "The last day must not be before the first day, nor more than 365 days after it.",
            "结束日期不能早于开始日期，且不能晚于开始日期后 365 天。",
        );
        return Err(UserError::invalid(&["lastDay"], en, zh).into());
    }
    if first_day < today - MAX_BACKDATING || first_day > today + MAX_LENGTH {
        let (en, zh) = (
            "The first day must be between 31 days ago and 366 days ahead.",
            "开始日期必须在过去 31 天到未来 366 天之间。",
        );
        return Err(UserError::invalid(&["firstDay"], en, zh).into());
    }
    // The operation holds the lock of the directory, so nobody else records an absence meanwhile.
    let others = store::absences_of(op.db(), user).await?;
    match others.iter().find(|(first, last)| *first <= last_day && *last >= first_day) {
        None => {}
        Some(same) if *same == (first_day, last_day) => return Ok(()),
        Some((first, last)) => {
            let text = Text::new(
                format!("The user has an absence from {first} to {last} already."),
                format!("该员工已登记 {first} 至 {last} 的请假。"),
            );
            return Err(UserError::new(Code::Duplicate, text).at(&["firstDay"]).into());
        }
    }
    let midnight = |day: NaiveDate, later: u64| op.settings().midnight(day + Days::new(later));
    let (starts, ends, settled) = (midnight(first_day, 0), midnight(last_day, 1), midnight(last_day, 2));
    let absence = store::Absence { id: new_uuid(op.now()), user, first_day, last_day, starts, ends, settled };
    let (now, by) = (op.now(), op.actor().user_id());
    store::insert(op.db(), &absence, by, now).await?;
    let entry = Entry::of(Kind::AbsenceRecorded).about(user);
    op.audit(entry.detail(format!("days: {first_day} – {last_day}"))).await?;
    let (first_day, last_day) = join_adjoining((first_day, last_day), &others, &op.settings().calendar);
    let length = last_day - first_day + TimeDelta::days(1);
    if last_day >= today && op.settings().long_absence.is_some_and(|long| length > long) {
        ask_to_transfer(op, user).await?;
    }
    Ok(())
}

/// Deletes the absence of a user that begins on a day. It is no error if there is none.
pub async fn cancel(op: &mut Op<'_>, user: UserId, first_day: NaiveDate) -> Result<(), Error> {
    check_may_record(op, user)?;
    store::delete(op.db(), user, first_day).await?;
    op.audit(Entry::of(Kind::AbsenceCancelled).about(user).detail(format!("firstDay: {first_day}"))).await
}

/// Refuses a user whose absences the actor may not record: superiors record those of the users below them, HR and
/// administrators those of every user.
fn check_may_record(op: &Op<'_>, user: UserId) -> Result<(), Error> {
    let (grant, rights) = (op.authorize(WRITE)?, op.rights()?);
    let is_active = op.directory().people.get(&user).is_some_and(|member| member.is_active);
    if !is_active || !(rights.is_above(user) || grant.scopes().contains(Scope::All)) {
        return Err(UserError::not_found().at(&["userId"]).into());
    }
    Ok(())
}

/// Returns the first and the last day of an absence joined with the absences that adjoin it. Two absences adjoin if
/// there are only days off, or no days, between them. `others` must be in the order of the days.
fn join_adjoining(
    (mut first_day, mut last_day): (NaiveDate, NaiveDate),
    others: &[(NaiveDate, NaiveDate)],
    calendar: &Calendar,
) -> (NaiveDate, NaiveDate) {
    let adjoin = |last: NaiveDate, first: NaiveDate| {
        last < first && last.iter_days().skip(1).take_while(|day| *day < first).all(|day| calendar.is_off(day))
    };
    for &(first, last) in others.iter().rev() {
        if adjoin(last, first_day) {
            first_day = first;
        }
    }
    for &(first, last) in others {
        if adjoin(last_day, first) {
            last_day = last;
        }
    }
    (first_day, last_day)
}

/// Asks the superior of a user who owns customers to transfer them. The superior is asked even if they recorded the
/// absence themselves, because the notification is a request.
async fn ask_to_transfer(op: &mut Op<'_>, user: UserId) -> Result<(), Error> {
    let superior = op.directory().people.get(&user).and_then(|member| member.manager);
    let Some(superior) = superior else { return Ok(()) };
    if store::owns_customers(op.db(), user).await? {
        let (about, at) = (About::User(user), op.now());
        op.notify(&[Notification { user: superior, notice: Notice::LongAbsence, about, at, rule: None }]).await?;
    }
    Ok(())
}
