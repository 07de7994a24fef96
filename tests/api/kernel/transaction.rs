//! Transactions that nobody waits for any more.

use futures_util::FutureExt;
use tidepool::kernel::actor::Actor;

use crate::support::{World, until};

#[tokio::test]
async fn an_operation_that_is_given_up_leaves_no_transaction_open() {
    let world = World::new().await;
    for polls in 1..40 {
        let mut beginning = Box::pin(world.app.begin(Actor::System("test")));
        for _ in 0..polls {
            if (&mut beginning).now_or_never().is_some() {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    let open = "select count(*) from pg_stat_activity
                where datname = current_database() and usename = 'tidepool_server' and state like 'idle in transaction%'";
    until(async || world.sql::<i64>(open).await == 0).await;
}
