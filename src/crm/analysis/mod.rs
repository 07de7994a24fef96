//! Figures: what they are made of, and how they are kept.
//!
//! Triggers post each fact that a figure counts (table `posting`), in its transaction. A job numbers the postings and
//! keeps sums of them. A figure is a sum over kept sums or over facts, whichever can answer it, and the facts that are not in
//! the sums yet are always added: so both give the same number, and none is stale.

mod asked;
mod cells;
mod columnar;
mod conversion;
mod cycle;
pub mod export;
mod figure;
mod forecast;
mod funnel;
mod lifetime;
mod measure;
mod ownership;
mod pipeline;
mod pool;
mod read;
mod store;
mod velocity;

use std::sync::Arc;
use std::time::Duration;

use crate::kernel::app::App;
use crate::kernel::error::Error;
use crate::kernel::read::describe::{Entity, Root};
pub use asked::{Dimension, FunnelMode, Period, RankBy};
pub use measure::Metric;
pub use read::READ;

/// How many postings one transaction numbers.
const BATCH: i32 = 2_000;
/// How often a server looks for postings. What is not in the sums yet is read as facts, so nobody waits for it.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Keeps the sums, until the server stops.
pub async fn keep_working(app: Arc<App>) {
    let feed = app.feed().clone();
    let working = async {
        loop {
            if let Err(error) = keep(&app).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "cannot keep the sums of figures; trying again"
                );
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    };
    tokio::select! {
        () = feed.closed() => {}
        () = working => {}
    }
}

/// Numbers what is posted and adds it to the sums; false if there was nothing to do. With another business time zone than
/// before it makes all sums anew.
pub async fn keep(app: &App) -> Result<bool, Error> {
    let (zone, waits) = store::due(app.own_pool()).await?;
    let wanted = app.directory().await?.settings.business_time_zone.name();
    let is_other_zone = zone != wanted;
    if waits {
        while store::keep(app.own_pool(), app.clock(), BATCH).await? >= i64::from(BATCH) {}
    }
    if is_other_zone {
        store::recount(app.own_pool(), wanted).await?;
    }
    Ok(waits || is_other_zone)
}

/// Makes all sums anew. They are the same as those that were kept.
pub async fn recount(app: &App) -> Result<(), Error> {
    let zone = app.directory().await?.settings.business_time_zone.name();
    Ok(store::recount(app.own_pool(), zone).await?)
}

/// Describes facts and figures.
pub fn describe_all() -> Vec<Entity> {
    let figures = [
        figure::describe_all(),
        pipeline::describe_all(),
        ownership::describe_all(),
        funnel::describe_all(),
        conversion::describe_all(),
        pool::describe_all(),
        lifetime::describe_all(),
        velocity::describe_all(),
        cycle::describe_all(),
        forecast::describe_all(),
    ];
    std::iter::once(read::describe()).chain(figures.into_iter().flatten()).collect()
}

/// The root fields of facts and figures.
pub fn roots() -> Vec<Root> {
    let figures = [
        figure::roots(),
        funnel::roots(),
        conversion::roots(),
        pipeline::roots(),
        ownership::roots(),
        pool::roots(),
        lifetime::roots(),
        velocity::roots(),
        cycle::roots(),
        forecast::roots(),
    ];
    read::roots().into_iter().chain(figures.into_iter().flatten()).collect()
}

/// What each number of a figure means.
pub fn metrics() -> Vec<Metric> {
    [
        figure::metrics(),
        funnel::metrics(),
        conversion::metrics(),
        pipeline::metrics(),
        ownership::metrics(),
        pool::metrics(),
        lifetime::metrics(),
        velocity::metrics(),
        cycle::metrics(),
        forecast::metrics(),
    ]
    .concat()
}
