//! Pool rule runs while servers are killed: each planned run happens once, and each customer is released once.

use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use fastrand::Rng;
use sqlx::postgres::PgConnectOptions;
use tidepool::kernel::clock::Clock;
use tidepool::kernel::config::Limits;

use crate::support::program::{Folder, ServerProcess, database_url};
use crate::support::{Person, World, fresh_database};

const OWNERS: [&str; 3] = ["Ann", "Ben", "Cleo"];
const YEARS: i32 = 3;
/// The number of customers of a run: more than one batch.
const NEGLECTED: i32 = 1_500;
const KILLS_A_YEAR: usize = 3;

const RELEASED: &str = "select coalesce(sum(released), 0)::bigint from pool_rule_run";
const IS_IN_THE_MIDDLE: &str = "select exists (select from pool_rule_run where status = 'RUNNING' and released > 0)";

fn server(data: &Path, database: &PgConnectOptions) -> ServerProcess {
    ServerProcess::start_with(data, &["--database-url", &database_url(database)])
}

/// Advances the clock by a year in which customers are neglected, so that the planned times of all rules come again.
async fn advance_a_year(world: &World, owners: &[Person], year: i32) {
    for owner in owners {
        // Before the planned time, which is the first day of the year.
        let since = world.clock.now() - TimeDelta::days(400);
        world.create_owned_since(since, owner, &format!("Of {} in year {year}: ", owner.name), NEGLECTED).await;
    }
    sqlx::query(
        "with past as (
             update pool_rule_run set planned_at = planned_at - $1 * interval '1 year'
             where planned_at > now() - interval '1 year')
         update customer_pool_rule set scheduled_since = '2000-01-01' where enabled",
    )
    .bind(year)
    .execute(&world.db)
    .await
    .unwrap();
}

#[tokio::test]
async fn each_run_happens_once_though_both_servers_are_killed() {
    let world = World::on(fresh_database().await, Clock::database(), Limits::default()).await;
    let admin = world.admin().await;
    let mut owners = Vec::new();
    for name in OWNERS {
        let owner = world.sales(name).await;
        // Enough other customers that no run exceeds the safety limit.
        world.owned(&owner, &format!("Of {name}: "), 2 * NEGLECTED).await;
        let email = format!("{}@example.com", name.to_lowercase());
        admin.create_rule(&format!("owned_days > 1 && owner == \"{email}\""), "0 3 1 1 *", 1).await;
        owners.push(owner);
    }
    // From here on two other servers run the rules.
    world.app.close().await;
    let (data, mut rng, mut hits) = (Folder::new("sweeps"), Rng::with_seed(1), 0);
    let mut servers = [server(&data.0, &world.database), server(&data.0, &world.database)];
    for year in 1..=YEARS {
        advance_a_year(&world, &owners, year).await;
        let planned = OWNERS.len() as i32 * year;
        let is_done = format!("select count(*) = {planned} and bool_and(status = 'DONE') from pool_rule_run");
        let (started, mut kills, mut taken) = (Instant::now(), 0, world.sql::<i64>(RELEASED).await);
        while !world.sql::<bool>(&is_done).await {
            assert!(started.elapsed() < Duration::from_secs(120), "year {year}: {kills} kills");
            if kills == KILLS_A_YEAR || world.sql::<i64>(RELEASED).await == taken {
                continue;
            }
            // A random moment after they have continued.
            for _ in 0..rng.u32(0..800) {
                taken = world.sql(RELEASED).await;
            }
            let killed: Range<usize> = rng.choice([0..1, 1..2, 0..2]).unwrap();
            for server in &mut servers[killed.clone()] {
                server.stop("-KILL");
            }
            hits += usize::from(killed.len() == 2 && world.sql::<bool>(IS_IN_THE_MIDDLE).await);
            for place in killed {
                servers[place] = server(&data.0, &world.database);
            }
            kills += 1;
        }
    }
    assert!(hits > 0, "both were killed in the middle of a run");
    let started = Instant::now();
    while world.sql::<i64>("select count(*) from event_outbox").await > 0 {
        assert!(started.elapsed() < Duration::from_secs(60), "all is told");
    }
    drop(servers);

    let runs = OWNERS.len() * YEARS as usize;
    let reader = world.second_server().await;
    let all = i64::from(NEGLECTED);
    assert_eq!(admin.at(&reader).runs().await, vec![("DONE".to_owned(), all, all); runs]);
    sqlx::query("analyze").execute(&world.db).await.unwrap();
    // Each run agrees with its records and with the customers: nothing is missing and nothing is doubled.
    let total = all * runs as i64;
    for rows in [
        "customer_operation_log where cause = 'RULE'",
        "customer_operation_log l join pool_rule_run r on r.id = l.batch_id where l.rule_id = r.rule_id",
        "notification where kind = 'TAKEN'",
        "event join notification n using (customer_id, user_id) where n.id = notification_id and n.kind = 'TAKEN'",
        "event where topic = 'POOL' and cause = 'RULE'",
        "event join customer_operation_log l using (customer_id) where l.cause = 'RULE' and l.at = occurred_at and before is null and after is not null",
    ] {
        let counts = format!("select array[count(*), count(distinct customer_id)] from {rows}");
        assert_eq!(world.sql::<Vec<i64>>(&counts).await, [total, total], "{rows}");
    }
    reader.assert_sound().await;
}
