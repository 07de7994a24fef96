//! Notice: a rule releases a customer only if it notified the owner long enough before.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};
use tidepool::crm::rule::run::sweep;

use crate::crm::rule_run::first_night;
use crate::support::World;

#[tokio::test]
async fn a_notice_that_becomes_old_enough_during_a_run_takes_nothing_that_was_not_counted() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    assert_eq!(admin.outcome("updateSettings", json!({"notice": "PT1H"})).await, "");
    admin.create_rule("owned_days > 0.5", "0 * * * *", 1).await;
    world.owned(&ann, "Company ", 40).await;
    // The server is five milliseconds behind the planned time when it announces, and then one.
    world.run_rules_at(first_night() + TimeDelta::milliseconds(5)).await;
    assert_eq!(world.sql::<i64>("select count(*) from pool_rule_notice").await, 40);
    world.advance(TimeDelta::hours(1) - TimeDelta::milliseconds(4));
    // The run has counted, and its server dies before the first batch.
    let counted = "select matched is not null from pool_rule_run order by planned_at desc limit 1";
    let mut dying = Box::pin(sweep(&world.app));
    while world.sql::<i64>("select count(*) from pool_rule_run").await < 2 || !world.sql::<bool>(counted).await {
        tokio::select! { biased; ran = &mut dying => { ran.unwrap(); break } () = tokio::task::yield_now() => {} }
    }
    drop(dying);
    world.advance(TimeDelta::seconds(1));
    sweep(&world.app).await.unwrap();
    assert_eq!(admin.runs().await[0], ("AWAITING_APPROVAL".to_owned(), 40, 0), "an hour has passed by planned times");
    assert_eq!(world.owned_by(&ann).await, 40);
}

#[tokio::test]
async fn a_late_run_gives_owners_the_whole_notice() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    assert_eq!(admin.outcome("updateSettings", json!({"notice": "P1D"})).await, "");
    admin.create_rule("owned_days > 0.5", "0 3 * * *", 1).await;
    ann.create("Acme").await;
    // No server ran in the night.
    world.run_rules_at(first_night() + TimeDelta::hours(12)).await;
    assert_eq!(ann.notification_lines().await, ["RELEASE_DUE Acme"]);
    world.run_rules_at(first_night() + TimeDelta::days(1)).await;
    assert_eq!(world.owned_by(&ann).await, 1, "half a day is not enough");
    world.run_rules_at(first_night() + TimeDelta::days(2)).await;
    assert_eq!(world.owned_by(&ann).await, 0);
}

#[tokio::test]
async fn a_rule_with_notice_releases_customers_two_days_after_it_notified_the_owner() {
    let world = World::new().await;
    let (admin, ann, ben) = (world.admin().await, world.sales("Ann").await, world.sales("Ben").await);
    assert_eq!(admin.outcome("updateSettings", json!({"notice": "P2D"})).await, "");
    let rule = admin.create_rule("followup_days > 3", "0 3 * * *", 20).await;
    let (acme, blue) = (json!(ann.create("Acme").await), json!(ann.create("Blue").await));
    let query = "query($id: ID!) { previewPoolRule(poolRuleId: $id) { matched nextRuns { matched } } }";
    // What it releases now, and at its next five planned times.
    let preview = async || {
        let seen = admin.data(query, json!({"id": rule})).await["previewPoolRule"].clone();
        let runs = seen["nextRuns"].as_array().unwrap().iter().map(|run| run["matched"].as_i64().unwrap());
        (seen["matched"].as_i64().unwrap(), runs.collect::<Vec<_>>())
    };
    let query = "{ poolRuleRuns(first: 1) { edges { node { id status matched announced released } } } }";
    let last_run = async || admin.ask(query).await["poolRuleRuns"]["edges"][0]["node"].clone();
    let run = |matched: i32, announced: i32, released: i32, seen: &Json| {
        let id = &seen["id"];
        json!({"id": id, "status": "DONE", "matched": matched, "announced": announced, "released": released})
    };
    assert_eq!(preview().await, (0, vec![0, 0, 0, 0, 0]), "the fourth night tells, the sixth takes");
    world.run_rules_at(first_night() + TimeDelta::days(2)).await;
    assert_eq!(preview().await, (0, vec![0, 0, 2, 0, 0]));
    assert_eq!(ann.notification_lines().await, [""; 0]);

    world.run_rules_at(first_night() + TimeDelta::days(3)).await;
    let seen = last_run().await;
    assert_eq!(seen, run(0, 2, 0, &seen));
    assert_eq!(ann.notification_lines().await, ["RELEASE_DUE Acme", "RELEASE_DUE Blue"]);
    world.run_rules_at(first_night() + TimeDelta::days(4)).await;
    let seen = last_run().await;
    assert_eq!(seen, run(0, 0, 0, &seen), "they were told already");
    assert_eq!(preview().await, (0, vec![2, 0, 0, 0, 0]));

    // An owner who follows up keeps the customer; if it is neglected again, the owner is notified again.
    assert_eq!(ann.follow_up(&blue).await, "");
    world.run_rules_at(first_night() + TimeDelta::days(5)).await;
    let seen = last_run().await;
    assert_eq!(seen, run(1, 0, 1, &seen));
    assert_eq!(ann.notification_lines().await[2..], ["TAKEN Acme"]);
    world.run_rules_at(first_night() + TimeDelta::days(8)).await;
    assert_eq!(ann.notification_lines().await[3..], ["RELEASE_DUE Blue"]);

    // A notice to one owner does not count for another.
    let given = json!({"customerIds": [blue], "ownerId": ben.gid()});
    assert_eq!(admin.outcomes("transferCustomers", given).await, [""]);
    for day in 9..14 {
        world.run_rules_at(first_night() + TimeDelta::days(day)).await;
        let wanted: &[&str] = if day < 12 { &["ASSIGNED Blue"] } else { &["ASSIGNED Blue", "RELEASE_DUE Blue"] };
        assert_eq!(ben.notification_lines().await, wanted, "day {day}");
    }
    world.run_rules_at(first_night() + TimeDelta::days(14)).await;
    assert_eq!(ben.notification_lines().await.last().unwrap(), "TAKEN Blue");

    // After an undo the notice period starts again.
    let undone = json!({"poolRuleRunId": last_run().await["id"]});
    assert_eq!(admin.outcome("undoPoolRuleRun", undone).await, "");
    world.run_rules_at(first_night() + TimeDelta::days(18)).await;
    let seen = last_run().await;
    assert_eq!(seen, run(0, 1, 0, &seen));
    // Without notice, every matching customer is released at once.
    assert_eq!(admin.outcome("updateSettings", json!({"notice": "PT0S"})).await, "");
    world.run_rules_at(first_night() + TimeDelta::days(19)).await;
    let seen = last_run().await;
    assert_eq!(seen, run(1, 0, 1, &seen));
    assert_eq!(ann.claim(&acme).await, "");
    for wrong in ["-P1D", "P400D", "2 days"] {
        assert_eq!(admin.outcome("updateSettings", json!({"notice": wrong})).await, "INVALID", "{wrong}");
    }
    world.assert_sound().await;
}
