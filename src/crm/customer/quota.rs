//! The claim quota: how many more customers a rep may claim.

use super::pool::count_claims;
use crate::kernel::actor::Viewer;
use crate::kernel::app::App;
use crate::kernel::error::Error;
use crate::kernel::id::{DEFAULT_POOL, PoolId};
use crate::kernel::scalar::DateTime;

/// How many more customers you may claim from a public pool. A limit that is switched off is null. A limit of the settings counts the
/// customers and claims of all pools without a limit of their own.
#[derive(Debug, async_graphql::SimpleObject)]
pub struct ClaimQuota {
    /// The number of customers that you own and that count towards the limit, archived ones not counted.
    pub owned: i32,
    /// The limit of owned customers: when you own this many, you can't claim more. Null means no limit.
    pub max_owned: Option<i32>,
    /// The number of customers that you have claimed today and that count towards the limit. The day is that of the business time zone.
    pub claimed_today: i32,
    /// The limit of claims in a day. Null means no limit.
    pub max_claims_per_day: Option<i32>,
    /// The number of customers that you may claim now, by both limits. Null means no limit.
    pub claims_left: Option<i32>,
    /// When the day ends and `claimedToday` is 0 again.
    pub day_ends_at: DateTime,
}

/// The quota of a viewer at this moment for claims from a pool, the default one if none is given.
pub async fn claim_quota(app: &App, viewer: &Viewer, pool: Option<PoolId>) -> Result<ClaimQuota, Error> {
    let directory = app.directory().await?;
    let settings = &directory.settings;
    let (day_start, day_end) = settings.day_around(app.clock().now());
    let counted = count_claims(app.pool(), viewer.user, day_start).await?;
    let whole = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
    let (pool, pools) = (pool.unwrap_or(DEFAULT_POOL), &directory.pools);
    let [owned, claimed] = [counted.owned(pool, pools, settings), counted.claims_today(pool, pools, settings)];
    let left = [owned, claimed].map(|limit| limit.most.map(|most| most - whole(limit.counted)));
    Ok(ClaimQuota {
        owned: whole(owned.counted),
        max_owned: owned.most,
        claimed_today: whole(claimed.counted),
        max_claims_per_day: claimed.most,
        claims_left: left.into_iter().flatten().min().map(|left| left.max(0)),
        day_ends_at: DateTime(day_end),
    })
}
