//! Absence: the days on which somebody is away. They count against none of their customers, and if there are many the superior is
//! asked to transfer these.

mod read;
mod store;

use chrono::{Days, NaiveDate, TimeDelta};

use crate::kernel::access::{Action, Permission, Resource, Scope};
use crate::kernel::directory::Calendar;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::event::{About, Notice, Notification};
use crate::kernel::id::{UserId, new_uuid};
use crate::kernel::op::Op;
pub use read::describe;
pub use store::away;

/// To say who is away.
pub const WRITE: Permission = Permission::to(Action::Write, Resource::Absence);

/// How long somebody can be away at a time.
const LONGEST: TimeDelta = TimeDelta::days(366);
/// How far back an absence can be recorded.
const LATEST: TimeDelta = TimeDelta::days(31);

/// Records that somebody is away, both days included. What is recorded already is a success. Where they are away for long then,
/// their superior is told.
pub async fn record(op: &mut Op<'_>, user: UserId, first_day: NaiveDate, last_day: NaiveDate) -> Result<(), Error> {
    check_reach(op, user)?;
    let today = op.settings().day_of(op.now());
    if last_day < first_day || last_day - first_day >= LONGEST {
        let (en, zh) = ("is from the first day to 365 days after it", "必须在开始日期之后的 365 天内");
        return Err(UserError::invalid(&["lastDay"], en, zh).into());
    }
    if first_day < today - LATEST || first_day > today + LONGEST {
        let (en, zh) = ("is from 31 days ago to 366 days ahead", "必须在过去 31 天到未来 366 天之间");
        return Err(UserError::invalid(&["firstDay"], en, zh).into());
    }
    // Changes of the directory take turns: nobody records another one meanwhile.
    let others = store::of(op.db(), user).await?;
    match others.iter().find(|(first, last)| *first <= last_day && *last >= first_day) {
        None => {}
        Some(same) if *same == (first_day, last_day) => return Ok(()),
        Some((first, last)) => {
            let text = Text::new(
                format!("They are away from {first} to {last} already."),
                format!("{first} 至 {last} 已登记缺勤。"),
            );
            return Err(UserError::new(Code::Duplicate, text).at(&["firstDay"]).into());
        }
    }
    let day = |day: NaiveDate, later: u64| op.settings().midnight(day + Days::new(later));
    let (starts, ends, settled) = (day(first_day, 0), day(last_day, 1), day(last_day, 2));
    let absence = store::Absence { id: new_uuid(op.now()), user, first_day, last_day, starts, ends, settled };
    let (now, by) = (op.now(), op.actor().user_id());
    store::insert(op.db(), &absence, by, now).await?;
    let (first_day, last_day) = in_a_row((first_day, last_day), &others, &op.settings().calendar);
    let lasts = last_day - first_day + TimeDelta::days(1);
    if last_day >= today && op.settings().long_absence.is_some_and(|long| lasts > long) {
        ask_to_transfer(op, user).await?;
    }
    Ok(())
}

/// Forgets the absence of somebody that begins on a day. What is not there is a success.
pub async fn cancel(op: &mut Op<'_>, user: UserId, first_day: NaiveDate) -> Result<(), Error> {
    check_reach(op, user)?;
    store::delete(op.db(), user, first_day).await?;
    Ok(())
}

/// Superiors say so of those below them; HR and administrators of everybody.
fn check_reach(op: &Op<'_>, user: UserId) -> Result<(), Error> {
    let (grant, rights) = (op.authorize(WRITE)?, op.rights()?);
    let is_there = op.directory().people.get(&user).is_some_and(|member| member.is_active);
    if !is_there || !(rights.is_above(user) || grant.scopes().contains(Scope::All)) {
        return Err(UserError::not_found().at(&["userId"]).into());
    }
    Ok(())
}

/// The first and the last of the days in a row that an absence makes with others, which are in their order: between two of them
/// there are days off at most.
fn in_a_row(
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

/// Tells the superior of somebody who owns customers, and is away for long. Also one who recorded it: it is a request, no news.
async fn ask_to_transfer(op: &mut Op<'_>, user: UserId) -> Result<(), Error> {
    let superior = op.directory().people.get(&user).and_then(|member| member.manager);
    let Some(superior) = superior else { return Ok(()) };
    if store::owns_customers(op.db(), user).await? {
        let (about, at) = (About::User(user), op.now());
        op.notify(&[Notification { user: superior, notice: Notice::LongAbsence, about, at, rule: None }]).await?;
    }
    Ok(())
}
