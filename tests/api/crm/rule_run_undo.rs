//! Undo of a pool rule run: the released customers go back to their former owners.

use chrono::TimeDelta;
use fastrand::Rng;
use serde_json::{Value as Json, json};
use tidepool::crm::rule::run::sweep;
use tidepool::kernel::id::new_uuid;

use crate::crm::rule_run::{done, first_night};
use crate::support::{Person, World};

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
    // The run of this night is over before the undo, so that the next one is that of the following night.
    world.run_rules_at(first_night() + TimeDelta::days(6)).await;
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
    assert_eq!(before, after, "as if the ownership had not been interrupted");
    assert_eq!(world.owners().await, "Acme: Ann, Blue: Cleo, Of Ben: pool");
    let log = "select type || ' ' || cause from customer_operation_log order by at desc, id desc limit 1";
    assert_eq!(world.sql::<String>(log).await, "ASSIGN UNDO");
    // The rule still matches it: without a follow-up, the next run takes it again, and not before.
    sweep(&world.app).await.unwrap();
    assert_eq!(world.owned_by(&ann).await, 1);
    world.run_rules_at(first_night() + TimeDelta::days(7)).await;
    assert_eq!(world.owned_by(&ann).await, 0);
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
         grant select on stuck to public;
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

/// Conditions over all that rules count of an ownership.
const CONDITIONS: [&str; 8] = [
    "followup_days > 3",
    "first_followup_days > 6",
    "owned_days > 9",
    "owned_days <= 5 && owned_days > 0",
    "orders_in_ownership == 0",
    "orders_in_ownership > 0 && followup_days > 2",
    "open_opportunities > 0",
    "days_since_last_order > 1",
];

/// What each rule would take, and what the customers themselves say.
async fn answers(world: &World, admin: &Person) -> Vec<Json> {
    let preview = "query($c: String) { previewPoolRule(condition: $c, first: 100) { matched owned customers { id } userErrors { code } } }";
    let mut answers = Vec::new();
    for condition in CONDITIONS {
        answers.push(admin.data(preview, json!({"c": condition})).await["previewPoolRule"].clone());
    }
    let facts = "select jsonb_agg(to_jsonb(c) - '{updated_at}'::text[] order by c.id) from customer c";
    answers.push(world.sql::<Json>(facts).await);
    answers
}

#[tokio::test]
async fn a_batch_and_its_undo_leave_every_answer_of_a_rule_as_it_was() {
    for seed in 0..3 {
        let (world, mut rng) = (World::new().await, Rng::with_seed(seed));
        let (admin, hr) = (world.admin().await, world.person("Hana", "hr", None).await);
        let boss = world.person("Boss", "manager", None).await;
        let mut reps = Vec::new();
        for name in ["Ann", "Ben", "Cleo"] {
            reps.push(world.person(name, "sales", Some(&boss)).await);
        }
        let product = world.product("PUMP", "100").await;
        for number in 0..30 {
            let rep = &reps[rng.usize(..3)];
            let customer = json!(rep.create(&format!("Company {number}")).await);
            world.advance(TimeDelta::minutes(rng.i64(1..900)));
            if rng.bool() {
                let plan = (world.clock.now() + TimeDelta::days(3)).to_rfc3339();
                let talk =
                    json!({"customerId": customer, "channel": "PHONE", "content": "谈了报价", "nextContactTime": plan});
                assert_eq!(rep.outcome("recordFollowUp", talk).await, "");
            }
            if rng.u8(..3) == 0 {
                let lines = json!([{"productId": product, "quantity": "1"}]);
                let order = json!({"customerId": customer, "lines": lines});
                assert_eq!(rep.outcome("createOrder", order).await, "");
            }
            if rng.u8(..4) == 0 {
                assert_eq!(rep.release(&customer).await, "");
            }
        }
        let rule = admin.create_rule_with("owned_days > 1", "* * * * *", 1, json!({"maxPerRun": 5})).await;
        for _ in 0..12 {
            let owned = "select 'customer_' || id from customer where owner_user_id is not null order by md5(id::text || updated_at) limit 6";
            let pooled = "select 'customer_' || id from customer where owner_user_id is null order by id limit 3";
            let owned: Vec<String> = sqlx::query_scalar(owned).fetch_all(&world.db).await.unwrap();
            let pooled: Vec<String> = sqlx::query_scalar(pooled).fetch_all(&world.db).await.unwrap();
            let to = &reps[rng.usize(..3)];
            let before = answers(&world, &admin).await;
            let batch = "operationBatch { id } userErrors { code }";
            let mut undoing = &boss;
            let done = match rng.u8(..5) {
                0 => boss.act("transferCustomers", json!({"customerIds": owned, "ownerId": to.gid()}), batch).await,
                1 => boss.act("assignCustomers", json!({"customerIds": pooled, "ownerId": to.gid()}), batch).await,
                2 => boss.act("releaseCustomers", json!({"customerIds": owned}), batch).await,
                3 => {
                    undoing = &hr;
                    let choices = json!([{"group": "REST", "ownerId": reps[0].gid()}]);
                    let left =
                        hr.act("departUser", json!({"userId": reps[2].gid(), "customers": choices}), batch).await;
                    assert_eq!(hr.outcome("reactivateUser", json!({"userId": reps[2].gid()})).await, "");
                    reps[2] = world
                        .signed_in(reps[2].id.uuid(), "Cleo", format!("again-{}", new_uuid(world.clock.now())))
                        .await;
                    left
                }
                _ => {
                    undoing = &admin;
                    world.advance(TimeDelta::minutes(1));
                    let before = world.sql::<i64>("select count(*) from pool_rule_run").await;
                    sweep(&world.app).await.unwrap();
                    assert_eq!(world.sql::<i64>("select count(*) from pool_rule_run").await, before + 1, "{rule}");
                    let run = admin.last_run().await;
                    let id = run["id"].as_str().unwrap().replace("poolrulerun_", "operationbatch_");
                    json!({"operationBatch": {"id": id}})
                }
            };
            world.advance(TimeDelta::seconds(1));
            let Some(id) = done["operationBatch"]["id"].as_str() else { continue };
            assert_eq!(undoing.outcome("undoOperationBatch", json!({"operationBatchId": id})).await, "");
            assert_eq!(answers(&world, &admin).await, before, "seed {seed}: {done}");
        }
        world.assert_sound().await;
    }
}
