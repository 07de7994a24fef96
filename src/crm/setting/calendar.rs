//! Days of the calendar that differ from the working week: holidays, and days off that are worked (调休).

use chrono::NaiveDate;

use super::{WRITE, store};
use crate::crm::customer;
use crate::kernel::audit::{Entry, Kind};
use crate::kernel::directory::CalendarDay;
use crate::kernel::error::{Error, UserError};
use crate::kernel::op::Op;
use crate::kernel::text;

/// The most days of the calendar that are changed at once.
const MOST_CALENDAR_DAYS: usize = 400;

/// Inserts or replaces days that differ from the working week. The ends of protection are computed anew in the same
/// transaction.
pub async fn save_calendar_days(op: &mut Op<'_>, days: Vec<CalendarDay>) -> Result<(), Error> {
    check_days(op, days.len())?;
    let mut checked = Vec::with_capacity(days.len());
    for (place, day) in days.into_iter().enumerate() {
        let name = text::line(&["days", &place.to_string(), "name"], &day.name, 1, 100)?;
        checked.push(CalendarDay { name, ..day });
    }
    store::save_calendar_days(op.db(), &checked).await?;
    customer::protection::recompute(op).await?;
    let day =
        |day: &CalendarDay| format!("{}: {} ({})", day.day.0, day.name, if day.is_off { "off" } else { "working" });
    op.audit(Entry { details: checked.iter().map(day).collect(), ..Entry::of(Kind::CalendarChanged) }).await
}

/// Removes days, so that the working week applies to them again. Days that are not there are ignored.
pub async fn remove_calendar_days(op: &mut Op<'_>, days: &[NaiveDate]) -> Result<(), Error> {
    check_days(op, days.len())?;
    store::remove_calendar_days(op.db(), days).await?;
    customer::protection::recompute(op).await?;
    let removed = days.iter().map(|day| format!("{day}: removed")).collect();
    op.audit(Entry { details: removed, ..Entry::of(Kind::CalendarChanged) }).await
}

fn check_days(op: &Op<'_>, count: usize) -> Result<(), Error> {
    op.authorize(WRITE)?;
    if (1..=MOST_CALENDAR_DAYS).contains(&count) {
        return Ok(());
    }
    let (en, zh) = (
        format!("The list must have 1 to {MOST_CALENDAR_DAYS} days."),
        format!("一次必须为 1 到 {MOST_CALENDAR_DAYS} 天。"),
    );
    Err(UserError::invalid(&["days"], en, zh).into())
}
