//! The claim quota: how many more customers a rep may claim.

use super::pool::count_claims;
use crate::kernel::actor::Viewer;
use crate::kernel::app::App;
use crate::kernel::error::Error;
use crate::kernel::scalar::DateTime;

/// How many more customers you may claim. A limit that is switched off is null.
#[derive(Debug, async_graphql::SimpleObject)]
pub struct ClaimQuota {
    /// The number of customers that you own, archived ones not counted.
    pub owned: i32,
    /// The limit of owned customers: when you own this many, you can't claim more. Null means no limit.
    pub max_owned: Option<i32>,
    /// The number of customers that you have claimed today. The day is that of the business time zone.
    pub claimed_today: i32,
    /// The limit of claims in a day. Null means no limit.
    pub max_claims_per_day: Option<i32>,
    /// The number of customers that you may claim now, by both limits. Null means no limit.
    pub claims_left: Option<i32>,
    /// When the day ends and `claimedToday` is 0 again.
    pub day_ends_at: DateTime,
}

/// The quota of a viewer at this moment.
pub async fn claim_quota(app: &App, viewer: &Viewer) -> Result<ClaimQuota, Error> {
    let directory = app.directory().await?;
    let settings = &directory.settings;
    let (day_start, day_end) = settings.day_around(app.clock().now());
    let counted = count_claims(app.pool(), viewer.user, day_start).await?;
    let whole = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
    let (owned, claimed_today) = (whole(counted.owned), whole(counted.claims_today));
    let left = [
        settings.max_owned_customers.map(|most| most - owned),
        settings.max_claims_per_day.map(|most| most - claimed_today),
    ];
    Ok(ClaimQuota {
        owned,
        max_owned: settings.max_owned_customers,
        claimed_today,
        max_claims_per_day: settings.max_claims_per_day,
        claims_left: left.into_iter().flatten().min().map(|left| left.max(0)),
        day_ends_at: DateTime(day_end),
    })
}
