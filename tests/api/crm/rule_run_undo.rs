//! Undo of a pool rule run: the released customers go back to their former owners.

use chrono::TimeDelta;
use serde_json::json;
use tidepool::crm::rule::run::sweep;

use crate::crm::rule_run::{done, first_night};
use crate::support::World;

#[tokio::test]
async fn undo_gives_back_customers_that_nobody_has_owned_since() {
    let world = World::new().await;
    let (admin, hr) = (world.admin().await, world.person("Hana", "hr", None).await);
    let (ann, ben, cleo) = (world.sales("Ann").await, world.sales("Ben").await, world.sales("Cleo").await);
    admin.create_rule("followup_days > 3", "0 3 * * *", 1).await;
    let (acme, blue) = (json!(ann.create("Acme").await), json!(ann.create("Blue").await));
    ben.create("Of Ben").await;
    world.advance(TimeDelta::hours(1));
    assert_eq!(ann.follow_up(&acme).await, "");
    let clocks = "query($id: ID!) { customer(id: $id) { ownerId ownedSince firstFollowUpTime lastFollowUpTime } }";
    let before = ann.data(clocks, json!({"id": acme})).await["customer"].clone();
    world.run_rules_at(first_night() + TimeDelta::days(3)).await;
    assert_eq!(admin.runs().await, [done(3, 3)]);
    let run = admin.last_run().await;
    world.advance(TimeDelta::days(3));
    assert_eq!(cleo.claim(&blue).await, "");
    assert_eq!(hr.outcome("departUser", json!({"userId": ben.gid()})).await, "");
    let query = "mutation($id: ID!) { undoPoolRuleRun(input: {poolRuleRunId: $id}) { userErrors { code } } }";
    assert_eq!(ann.refused(query, json!({"id": run["id"]})).await, "FORBIDDEN");
    world.advance(TimeDelta::hours(1));
    for _ in 0..2 {
        assert_eq!(admin.undo(&run).await, "");
        let returned = "query($id: ID!) { node(id: $id) { ... on PoolRuleRun { returned } } }";
        assert_eq!(admin.data(returned, json!({"id": run["id"]})).await["node"]["returned"], 1);
    }
    let after = ann.data(clocks, json!({"id": acme})).await["customer"].clone();
    assert_ne!(before["ownedSince"], after["ownedSince"], "the ownership begins anew");
    for kept in ["ownerId", "firstFollowUpTime", "lastFollowUpTime"] {
        assert_eq!(before[kept], after[kept], "{kept}");
    }
    assert_eq!(world.owners().await, "Acme: Ann, Blue: Cleo, Of Ben: pool");
    let log = "select type || ' ' || cause from customer_operation_log order by at desc, id desc limit 1";
    assert_eq!(world.sql::<String>(log).await, "ASSIGN UNDO");
    // Its follow-ups are from before, but the run in the next night does not release it again.
    sweep(&world.app).await.unwrap();
    world.run_rules_at(first_night() + TimeDelta::days(7)).await;
    assert_eq!(world.owned_by(&ann).await, 1);
    world.assert_sound().await;
}

#[tokio::test]
async fn undo_of_a_large_run_gives_every_customer_back() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    admin.create_rule("owned_days > 0", "0 3 * * *", 1).await;
    // More customers than one batch locks.
    world.owned(&ann, "Company ", 2_100).await;
    world.run_rules_at(first_night() + TimeDelta::days(1)).await;
    assert_eq!(admin.approve(&admin.last_run().await).await, "");
    sweep(&world.app).await.unwrap();
    assert_eq!(admin.runs().await[0], done(2_100, 2_100));
    world.advance(TimeDelta::hours(1));
    let run = admin.last_run().await;
    let returned = async || [world.owned_by(&ann).await, admin.last_run().await["returned"].as_i64().unwrap()];
    // The second batch fails: the first stays done, and a repeated undo does the rest.
    sqlx::raw_sql(
        "create table stuck as select customer_id as id from customer_operation_log where cause = 'RULE' order by at, id offset 1500 limit 1;
         create function refuse_stuck() returns trigger language plpgsql as $$ begin
             if new.id = (select id from stuck) then raise exception 'stuck'; end if;
             return new;
         end $$;
         create trigger refuse_stuck before update on customer for each row execute function refuse_stuck()",
    )
    .execute(&world.db)
    .await
    .unwrap();
    let undo = "mutation($id: ID!) { undoPoolRuleRun(input: {poolRuleRunId: $id}) { userErrors { code } } }";
    assert_eq!(admin.refused(undo, json!({"id": run["id"]})).await, "INTERNAL");
    assert_eq!(returned().await, [1_000, 1_000]);
    sqlx::raw_sql("drop trigger refuse_stuck on customer").execute(&world.db).await.unwrap();
    assert_eq!(admin.undo(&run).await, "");
    assert_eq!(returned().await, [2_100, 2_100]);
    assert_eq!(world.sql::<i64>("select count(distinct xmin::text) from customer").await, 3, "in parts");
    world.assert_sound().await;
}
