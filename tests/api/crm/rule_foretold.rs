//! What a preview foretells of the next runs is what they do, whatever servers do it, in whatever steps and however late.

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use serde_json::{Value as Json, json};
use tidepool::crm::rule::run::sweep_by;

use crate::support::{Person, World, monday};

/// A run: planned time, and how many customers matched, were released at once, and wait for approval.
type Run = (DateTime<Utc>, i64, i64, i64);

async fn foretold(admin: &Person, rule: &Json) -> Vec<Run> {
    let query = "query($id: ID!) { previewPoolRule(poolRuleId: $id) { nextRuns { plannedAt matched released held } } }";
    let seen = admin.data(query, json!({"id": rule})).await["previewPoolRule"]["nextRuns"].clone();
    let number = |run: &Json, name: &str| run[name].as_i64().unwrap();
    let run = |run: &Json| {
        let at = run["plannedAt"].as_str().unwrap().parse().unwrap();
        (at, number(run, "matched"), number(run, "released"), number(run, "held"))
    };
    seen.as_array().unwrap().iter().map(run).collect()
}

/// Runs what is due at two servers at once, in steps of a few customers, while the clock goes on.
async fn sweep_slowly(world: &World, other: &World, rng: &mut Rng) {
    let sizes = [rng.i64(1..20), rng.i64(1..20)];
    let late = TimeDelta::microseconds(rng.i64(1..40));
    let swept = async { tokio::try_join!(sweep_by(&world.app, sizes[0]), sweep_by(&other.app, sizes[1])).unwrap() };
    let mut swept = Box::pin(swept);
    loop {
        tokio::select! { biased; _ = &mut swept => break, () = tokio::task::yield_now() => world.advance(late) }
    }
}

#[tokio::test]
async fn the_next_runs_do_what_the_preview_has_foretold() {
    let (mut released, mut held, mut whole) = (0, 0, 0);
    for seed in 0..6 {
        let (world, mut rng) = (World::new().await, Rng::with_seed(seed));
        let other = world.second_server().await;
        let admin = world.admin().await;
        let mut reps = Vec::new();
        for rep in 0..6 {
            reps.push(world.sales(&format!("Rep{rep}")).await);
            for day in 0..3 {
                let since = monday() - TimeDelta::hours(rng.i64(1..200));
                let count = if rng.u8(..4) == 0 { rng.i32(12..25) } else { rng.i32(0..6) };
                world.create_owned_since(since, &reps[rep], &format!("Of {rep} on {day}: "), count).await;
            }
        }
        for rep in &reps[..2] {
            let first = monday().date_naive() + TimeDelta::days(rng.i64(1..4));
            let last = first + TimeDelta::days(rng.i64(0..3));
            assert_eq!(admin.record_absence(rep, &first.to_string(), &last.to_string()).await, "");
        }
        let days: Vec<_> = (3..13)
            .map(|day| json!({"day": format!("2026-03-{day:02}"), "isOff": rng.u8(..3) == 0, "name": "调休"}))
            .collect();
        assert_eq!(admin.outcome("saveCalendarDays", json!({"days": days})).await, "");
        let notice = ["PT0S", "PT0S", "PT24H", "PT30H"][rng.usize(..4)];
        assert_eq!(admin.outcome("updateSettings", json!({"notice": notice})).await, "");
        sqlx::query("update customer set level = 'KEY' where name like '%3'").execute(&world.db).await.unwrap();
        // Some customers came with an import, which pool rules leave alone for a while.
        let grace = ["PT0S", "P4D", "PT130H"][rng.usize(..3)];
        assert_eq!(admin.outcome("updateSettings", json!({"importGrace": grace})).await, "");
        sqlx::query("update customer set imported_at = owned_since where name ~ '[246]$'")
            .execute(&world.db)
            .await
            .unwrap();
        admin.create_keep_rule("level == \"KEY\"", 9).await;
        let condition = ["followup_days > 3", "owned_days > 2 && owned_days < 9", "owned_days >= 4.5"][rng.usize(..3)];
        let schedule = ["0 3 * * *", "every: PT12H", "every: P2D"][rng.usize(..3)];
        let most = [json!(null), json!(3), json!(8), json!(30)][rng.usize(..4)].clone();
        let more = json!({"workdays": rng.bool(), "maxPerRun": most, "keepsUnapproved": rng.u8(..4) == 0});
        let rule = admin.create_rule_with(condition, schedule, 1, more.clone()).await;
        other.app.follow().await.unwrap();
        for round in 0..3 {
            let foretold = foretold(&admin, &rule).await;
            assert_eq!(foretold.len(), 5);
            for wanted in foretold {
                world.advance(wanted.0 - world.clock.now());
                sweep_slowly(&world, &other, &mut rng).await;
                let done: Run = sqlx::query_as(
                    "select planned_at, matched, released, held from pool_rule_run order by planned_at desc limit 1",
                )
                .fetch_one(&world.db)
                .await
                .unwrap();
                assert_eq!(done, wanted, "seed {seed}, round {round}: {condition}, {schedule}, {notice}, {more}");
                let (_, matched, at_once, waiting) = done;
                assert!(at_once + waiting <= matched);
                released += at_once;
                held += waiting;
            }
            whole += world.sql::<i64>("select count(*) from pool_rule_run where is_stopped").await;
            // Then people act, and the next forecast is another one.
            world.advance(TimeDelta::minutes(rng.i64(1..300)));
            for rep in &reps {
                world.owned(rep, &format!("New {round} of {}: ", rep.name), rng.i32(0..9)).await;
            }
            let some = "select id from customer where owner_user_id is not null order by md5(name) limit 8";
            let some: Vec<uuid::Uuid> = sqlx::query_scalar(some).fetch_all(&world.db).await.unwrap();
            for customer in some {
                let customer = json!(format!("customer_{customer}"));
                let input = json!({"customerId": customer, "channel": "PHONE", "content": "谈了报价"});
                let owner = "query($id: ID!) { customer(id: $id) { ownerId } }";
                let owner = admin.data(owner, json!({"id": customer})).await["customer"]["ownerId"].clone();
                let owner = reps.iter().find(|rep| rep.gid() == owner.as_str().unwrap()).unwrap();
                assert_eq!(owner.outcome("recordFollowUp", input).await, "");
            }
            if rng.bool() {
                let run = admin.last_run().await;
                admin.approve(&run).await;
                sweep_slowly(&world, &other, &mut rng).await;
            }
        }
        let more = "select count(*) from pool_rule_run where released > matched";
        assert_eq!(world.sql::<i64>(more).await, 0, "seed {seed}: no run takes more than it has counted");
        world.assert_sound().await;
    }
    assert!(released > 50 && held > 20 && whole > 0, "{released} released, {held} held, {whole} stopped");
}
