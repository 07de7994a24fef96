//! Exact look-ups of masked details: who may not see a phone number could guess it, and ask whether a customer has it. So
//! look-ups are logged, and each value counts towards the daily limit of reveals, once a day. Details that the viewer
//! may see anyway do not count.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

pub use super::model::{EMAIL, EMAIL_DOMAIN, PHONE};
use super::store;
use crate::kernel::access::Rights;
use crate::kernel::actor::Origin;
use crate::kernel::directory::Settings;
use crate::kernel::error::{Code, Error, Text, UserError};
use crate::kernel::op::Op;
use crate::kernel::read::{LookUp, Viewpoint};

/// Counts the look-ups of a request, in one statement; a refusal if they are more than the limit leaves.
pub async fn count(
    db: impl PgExecutor<'_>,
    look_ups: &[LookUp],
    viewpoint: &Viewpoint,
    origin: &Origin,
) -> Result<(), Error> {
    let Viewpoint { rights, now, directory, .. } = viewpoint;
    count_as(db, look_ups, rights, &directory.settings, *now, origin).await
}

/// Counts the look-ups of an operation.
pub async fn count_in(op: &mut Op<'_>, look_ups: &[LookUp]) -> Result<(), Error> {
    let (rights, now, directory, origin) = (op.rights()?, op.now(), op.directory_handle(), op.origin().clone());
    count_as(op.db(), look_ups, &rights, &directory.settings, now, &origin).await
}

async fn count_as(
    db: impl PgExecutor<'_>,
    look_ups: &[LookUp],
    rights: &Rights,
    settings: &Settings,
    now: DateTime<Utc>,
    origin: &Origin,
) -> Result<(), Error> {
    if look_ups.is_empty() || store::count_look_ups(db, look_ups, rights, settings, now, origin).await? {
        return Ok(());
    }
    Err(limit_reached(settings, now).into())
}

/// The refusal of a look at details beyond the daily limit.
pub(super) fn limit_reached(settings: &Settings, now: DateTime<Utc>) -> UserError {
    let (limit, end) = (settings.max_reveals_per_day.unwrap_or_default(), settings.day_around(now).1);
    let zone = settings.business_time_zone;
    let time = end.with_timezone(&zone).format("%Y-%m-%d %H:%M");
    let text = Text::new(
        format!(
            "You have reached the limit of {limit} looks at contact details in a day. You can go on at {time} ({zone})."
        ),
        format!("你今天查看或查询的联系方式已达上限（{limit} 次），{time}（{zone}）后可继续。"),
    );
    UserError::new(Code::RevealLimitReached, text).limit(limit).until(end)
}

/// Deletes at most `most` look-ups that count no more, and returns how many it deleted.
pub async fn delete_old(db: impl PgExecutor<'_>, now: DateTime<Utc>, most: i64) -> sqlx::Result<u64> {
    // No day is longer.
    store::delete_look_ups(db, now - chrono::TimeDelta::days(2), most).await
}
