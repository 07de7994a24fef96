//! Pool rule runs: each planned time runs once, whatever happens meanwhile.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value as Json, json};
use tidepool::crm::rule::run::sweep;
use tidepool::kernel::id::new_uuid;

use crate::support::socket::Socket;
use crate::support::{Person, World, monday};

/// The first planned time after the start of the test clock: 03:00 in Shanghai.
pub fn first_night() -> DateTime<Utc> {
    monday() + TimeDelta::hours(18)
}

impl World {
    /// Moves the clock to a moment and runs the rules that are due.
    pub async fn run_rules_at(&self, at: DateTime<Utc>) {
        self.advance(at - self.clock.now());
        sweep(&self.app).await.unwrap();
    }

    /// Creates customers that somebody owns from now on.
    pub async fn owned(&self, owner: &Person, prefix: &str, count: i32) {
        self.create_owned_since(self.clock.now(), owner, prefix, count).await;
    }

    /// Creates customers that somebody has owned since the given time.
    pub async fn create_owned_since(&self, since: DateTime<Utc>, owner: &Person, prefix: &str, count: i32) {
        sqlx::query(
            "with entered as (
                 insert into customer (id, name, name_key, source, owner_user_id, owned_since, created_at, updated_at)
                 select gen_random_uuid(), $1 || n, $1 || n, 'WEBSITE', $2, $3, $3, $3 from generate_series(1, $4) n returning id)
             insert into customer_operation_log (id, customer_id, type, cause, new_owner_user_id, at)
             select id, id, 'CREATE', 'MANUAL', $2, $3 from entered",
        )
        .bind(prefix)
        .bind(owner.id.uuid())
        .bind(since)
        .bind(count)
        .execute(&self.db)
        .await
        .unwrap();
    }

    pub async fn owned_by(&self, owner: &Person) -> i64 {
        self.sql(&format!("select count(*) from customer where owner_user_id = '{}'", owner.id.uuid())).await
    }
}

impl Person {
    /// Creates an enabled rule; returns its id.
    pub async fn create_rule(&self, condition: &str, schedule: &str, priority: i32) -> Json {
        self.create_rule_with(condition, schedule, priority, json!({})).await
    }

    /// Creates an enabled rule with more input; returns its id.
    pub async fn create_rule_with(&self, condition: &str, schedule: &str, priority: i32, more: Json) -> Json {
        let mut input = json!({"name": condition, "condition": condition, "action": "RELEASE_TO_POOL", "priority": priority,
            "schedule": schedule, "confirm": true});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let payload = self.act("createPoolRule", input, "poolRule { id }").await;
        payload["poolRule"]["id"].clone()
    }

    pub async fn create_keep_rule(&self, condition: &str, priority: i32) -> Json {
        let input = json!({"name": condition, "condition": condition, "action": "KEEP", "priority": priority});
        self.act("createPoolRule", input, "poolRule { id }").await["poolRule"]["id"].clone()
    }

    /// The runs with status, matched and released, the latest first.
    pub async fn runs(&self) -> Vec<(String, i64, i64)> {
        let query = "{ poolRuleRuns { edges { node { status matched released } } } }";
        let runs = self.ask(query).await["poolRuleRuns"]["edges"].as_array().unwrap().clone();
        let number = |json: &Json| json.as_i64().unwrap_or(-1);
        let one = |run: &Json| {
            let run = &run["node"];
            (run["status"].as_str().unwrap().to_owned(), number(&run["matched"]), number(&run["released"]))
        };
        runs.iter().map(one).collect()
    }

    pub async fn last_run(&self) -> Json {
        let query =
            "{ poolRuleRuns(first: 1) { edges { node { id plannedAt failed returned error approvedBy { name } } } } }";
        self.ask(query).await["poolRuleRuns"]["edges"][0]["node"].clone()
    }

    pub async fn approve(&self, run: &Json) -> String {
        self.outcome("approvePoolRuleRun", json!({"poolRuleRunId": run["id"]})).await
    }

    pub async fn undo(&self, run: &Json) -> String {
        self.outcome("undoPoolRuleRun", json!({"poolRuleRunId": run["id"]})).await
    }

    pub async fn follow_up(&self, customer: &Json) -> String {
        let input = json!({"customerId": customer, "channel": "PHONE", "content": "谈了报价"});
        self.outcome("recordFollowUp", input).await
    }
}

pub fn done(matched: i64, released: i64) -> (String, i64, i64) {
    ("DONE".to_owned(), matched, released)
}

#[tokio::test]
async fn a_neglected_customer_is_released_at_night() {
    let world = World::new().await;
    let (admin, ann, ben) = (world.admin().await, world.sales("Ann").await, world.sales("Ben").await);
    // The rule of the installation.
    let query = "{ poolRules(filter: {action: {eq: RELEASE_TO_POOL}}) { edges { node { id condition version } } } }";
    let seeded = admin.ask(query).await["poolRules"]["edges"][0]["node"].clone();
    assert_eq!(seeded["condition"], "followup_days > 3");
    let on = json!({"poolRuleId": seeded["id"], "version": seeded["version"], "isEnabled": true});
    assert_eq!(admin.outcome("updatePoolRule", on).await, "");
    let (acme, blue) = (json!(ann.create("Acme").await), json!(ann.create("Blue").await));
    world.advance(TimeDelta::days(2));
    assert_eq!(ann.follow_up(&blue).await, "");
    world.run_rules_at(first_night() + TimeDelta::days(2)).await;
    assert_eq!(world.owned_by(&ann).await, 2, "not yet three days");

    let address = world.listen().await;
    let (mut pool, mut notifications) = (Socket::connect(address, &ben).await, Socket::connect(address, &ann).await);
    pool.begin("subscription { poolChanged { kind cause protectedUntil customer { name } } }", json!({})).await;
    notifications.begin(
        "subscription { notifications { notification { kind customerName actor { name } poolRule { condition } } } }",
        json!({}),
    )
    .await;
    pool.settle().await;
    notifications.settle().await;
    for _ in 0..2 {
        world.run_rules_at(first_night() + TimeDelta::days(3)).await;
        assert_eq!(world.owned_by(&ann).await, 1);
    }
    let entered = pool.next().await["poolChanged"].clone();
    let until = "2026-03-08T19:00:00.000000Z";
    assert_eq!(
        entered,
        json!({"kind": "ENTERED", "cause": "RULE", "protectedUntil": until, "customer": {"name": "Acme"}})
    );
    let taken = notifications.next().await["notifications"]["notification"].clone();
    let wanted =
        json!({"kind": "TAKEN", "customerName": "Acme", "actor": null, "poolRule": {"condition": "followup_days > 3"}});
    assert_eq!(taken, wanted);
    // Each message came once: the next one is about what happens now.
    assert_eq!(admin.outcome("releaseCustomer", json!({"customerId": blue})).await, "");
    assert_eq!(pool.next().await["poolChanged"]["customer"]["name"], "Blue");
    assert_eq!(notifications.next().await["notifications"]["notification"]["customerName"], "Blue");
    let log = "query($id: ID!) { customer(id: $id) { operations(first: 1) { edges { node { type cause operator { name } \
        previousOwner { name } poolRule { condition } poolRuleRun { plannedAt released } } } } } }";
    let log = admin.data(log, json!({"id": acme})).await["customer"]["operations"]["edges"][0]["node"].clone();
    let wanted = json!({"type": "RECLAIM", "cause": "RULE", "operator": null, "previousOwner": {"name": "Ann"},
        "poolRule": {"condition": "followup_days > 3"}, "poolRuleRun": {"plannedAt": "2026-03-05T19:00:00.000000Z", "released": 1}});
    assert_eq!(log, wanted);
    assert_eq!(admin.runs().await[0], done(1, 1));
    world.assert_sound().await;
}

#[tokio::test]
async fn a_customer_without_an_order_90_days_after_the_first_follow_up_is_released() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    admin.create_rule("first_followup_days > 90 && orders_in_ownership == 0", "every: P3D", 1).await;
    let (acme, blue) = (json!(ann.create("Acme").await), json!(ann.create("Blue").await));
    world.advance(TimeDelta::days(10));
    for customer in [&acme, &blue] {
        assert_eq!(ann.follow_up(customer).await, "");
    }
    sqlx::query(
        "insert into sales_order (id, order_no, customer_id, sold_by_user_id, owner_user_id, currency, ordered_at, created_at, updated_at)
         select gen_random_uuid(), 'O-1', id, owner_user_id, owner_user_id, 'CNY', $1, $1, $1 from customer where name = 'Blue'",
    )
    .bind(world.clock.now())
    .execute(&world.db)
    .await
    .unwrap();
    world.run_rules_at(monday() + TimeDelta::days(99)).await;
    assert_eq!(world.owned_by(&ann).await, 2);
    world.run_rules_at(monday() + TimeDelta::days(103)).await;
    assert_eq!(
        world.sql::<String>("select string_agg(name, ',') from customer where owner_user_id is not null").await,
        "Blue"
    );
}

#[tokio::test]
async fn a_kept_customer_is_not_released_and_the_log_names_the_rule_with_the_highest_priority() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    admin.create_rule("owned_days > 0", "0 3 * * *", 1).await;
    admin.create_rule("owned_days > 0 && level != \"KEY\"", "0 3 * * *", 3).await;
    admin.create_keep_rule("level == \"KEY\"", 1).await;
    admin.create_keep_rule("level == \"A\"", 2).await;
    for name in ["Key", "A", "B"] {
        ann.create(name).await;
    }
    sqlx::query("update customer set level = upper(name)").execute(&world.db).await.unwrap();
    world.run_rules_at(first_night()).await;
    let left = "select string_agg(name, ',') from customer where owner_user_id is not null";
    assert_eq!(world.sql::<String>(left).await, "Key", "rule 3 is above what keeps A");
    let logged = "select count(*) from customer_operation_log l join customer_pool_rule p on p.id = l.rule_id where p.priority = 3";
    assert_eq!(world.sql::<i64>(logged).await, 2);
}

#[tokio::test]
async fn two_servers_run_each_planned_time_once() {
    let here = World::new().await;
    let there = here.second_server().await;
    let (admin, ann) = (here.admin().await, here.sales("Ann").await);
    admin.create_rule("owned_days > 0", "0 3 * * *", 1).await;
    admin.create_rule("owned_days > 5", "0 3 * * *", 2).await;
    there.app.follow().await.unwrap();
    for day in 0..3 {
        here.owned(&ann, &format!("Of {day}: "), 10).await;
        here.advance(first_night() + TimeDelta::days(day) - here.clock.now());
        tokio::try_join!(sweep(&here.app), sweep(&there.app), sweep(&there.app)).unwrap();
        // The timers of the two servers do not fire at the same instant.
        for server in [&there, &here] {
            here.advance(TimeDelta::milliseconds(300));
            sweep(&server.app).await.unwrap();
        }
        // A run that releases ten customers does not exceed the safety limit.
        let log = "select count(*) from customer_operation_log where cause = 'RULE'";
        assert_eq!(here.sql::<i64>(log).await, (day + 1) * 10);
    }
    assert_eq!(here.sql::<i64>("select count(*) from pool_rule_run where status = 'DONE'").await, 6);
    assert_eq!(here.sql::<i64>("select count(*) from (select customer_id from customer_operation_log where cause = 'RULE' group by 1 having count(*) > 1) c").await, 0);
    here.assert_sound().await;
}

#[tokio::test]
async fn a_missed_run_is_made_up_once_and_times_before_the_rule_are_not() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    admin.create_rule("owned_days > 0", "0 3 * * *", 1).await;
    ann.create("Acme").await;
    sweep(&world.app).await.unwrap();
    assert_eq!(admin.runs().await, [], "last night was before there was a rule");
    world.run_rules_at(first_night() + TimeDelta::days(9) + TimeDelta::hours(5)).await;
    assert_eq!(admin.runs().await, [done(1, 1)]);
    assert_eq!(admin.last_run().await["plannedAt"], "2026-03-11T19:00:00.000000Z");
    world.run_rules_at(first_night() + TimeDelta::days(9) + TimeDelta::hours(6)).await;
    assert_eq!(admin.runs().await.len(), 1);
}

#[tokio::test]
async fn another_server_continues_the_run_of_a_dead_one() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let rule = admin.create_rule("owned_days > 0", "0 3 * * *", 1).await;
    world.owned(&ann, "Company ", 5).await;
    // The state that a server leaves which died after one batch: one customer released, the run still running.
    let (rule, run) = (rule.as_str().unwrap().trim_start_matches("poolrule_").to_owned(), new_uuid(world.clock.now()));
    let (first, night, ann) = ("(select id from customer order by id limit 1)", first_night(), ann.id.uuid());
    let mut left = world.db.begin().await.unwrap();
    for statement in [
        format!(
            "insert into pool_rule_run (id, rule_id, rule_version, planned_at, started_at, matched, released, after_customer)
             values ('{run}', '{rule}', 1, '{night}', '{night}', 5, 1, {first})"
        ),
        format!(
            "update customer set owner_user_id = null, owned_since = null, pool_entry_time = '{night}', updated_at = '{night}'
             where id = {first}"
        ),
        format!(
            "insert into pool_rule_run_customer (run_id, customer_id, owner_user_id, waits)
             select '{run}', id, '{ann}', false from customer where id <> {first}"
        ),
        format!("insert into operation_batch (id, kind, at, moved) values ('{run}', 'POOL_RULE', '{night}', 1)"),
        format!(
            "insert into customer_operation_log (id, customer_id, type, cause, previous_owner_user_id, at, rule_id, batch_id)
             select gen_random_uuid(), id, 'RECLAIM', 'RULE', '{ann}', '{night}', '{rule}', '{run}'
             from customer where owner_user_id is null"
        ),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut *left).await.unwrap();
    }
    world.advance(night - world.clock.now());
    left.commit().await.unwrap();
    sweep(&world.second_server().await.app).await.unwrap();
    assert_eq!(admin.runs().await, [done(5, 5)]);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_follow_up_during_the_run_keeps_the_customer() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    admin.create_rule("followup_days > 3", "0 3 * * *", 1).await;
    let mut customers = Vec::new();
    for number in 0..10 {
        customers.push(json!(ann.create(&format!("Company {number}")).await));
    }
    world.advance(first_night() + TimeDelta::days(3) - world.clock.now());
    let notes = customers.iter().map(|customer| ann.follow_up(customer));
    let (ran, refusals) = tokio::join!(sweep(&world.app), futures_util::future::join_all(notes));
    ran.unwrap();
    for (customer, refusals) in customers.iter().zip(refusals) {
        let query = "query($id: ID!) { customer(id: $id) { isPooled } }";
        let pooled = ann.data(query, json!({"id": customer})).await["customer"]["isPooled"].clone();
        // Either the follow-up came first and the customer stays, or the follow-up was refused.
        assert_eq!(pooled == true, !refusals.is_empty(), "{refusals}");
    }
    world.assert_sound().await;
}

#[tokio::test]
async fn a_locked_customer_is_skipped_and_released_by_a_later_run() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    admin.create_rule("owned_days > 0 && orders_in_ownership == 0", "0 3 * * *", 1).await;
    let (acme, blue) = (ann.create("Acme").await, ann.create("Blue").await);
    let mut busy = world.db.begin().await.unwrap();
    sqlx::query("select from customer where name = 'Acme' for update").fetch_one(&mut *busy).await.unwrap();
    world.run_rules_at(first_night()).await;
    assert_eq!(admin.runs().await, [done(2, 1)]);
    // An order does not change the row of its customer.
    sqlx::query(
        "insert into sales_order (id, order_no, customer_id, sold_by_user_id, owner_user_id, currency, ordered_at, created_at, updated_at)
         select gen_random_uuid(), 'O-1', id, owner_user_id, owner_user_id, 'CNY', $1, $1, $1 from customer where name = 'Acme'",
    )
    .bind(world.clock.now())
    .execute(&mut *busy)
    .await
    .unwrap();
    busy.commit().await.unwrap();
    world.run_rules_at(first_night() + TimeDelta::days(1)).await;
    assert_eq!(world.owned_by(&ann).await, 1);
    assert_ne!(acme, blue);
}

#[tokio::test]
async fn a_customer_that_cannot_be_released_does_not_end_the_run() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    admin.create_rule("owned_days > 0", "0 3 * * *", 1).await;
    world.owned(&ann, "Company ", 10).await;
    for statement in [
        "create function stumble() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$",
        "create trigger stumble before update on customer for each row when (new.name = 'Company 7') execute function stumble()",
    ] {
        sqlx::query(statement).execute(&world.db).await.unwrap();
    }
    // Whichever server processes it, only this customer is skipped.
    let other = world.second_server().await;
    world.advance(first_night() - world.clock.now());
    tokio::try_join!(sweep(&world.app), sweep(&other.app), sweep(&other.app)).unwrap();
    assert_eq!(admin.runs().await, [done(10, 9)]);
    assert_eq!(admin.last_run().await["failed"], 1);
    world.assert_sound().await;
}

#[tokio::test]
async fn owners_are_warned_once_each_time_they_neglect_a_customer() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let input = json!({"name": "Soon", "condition": "followup_days > 3", "action": "WARN_OWNER", "daysAhead": 1, "priority": 1, "schedule": "0 3 * * *"});
    assert_eq!(admin.outcome("createPoolRule", input).await, "");
    let acme = json!(ann.create("Acme").await);
    let notifications = async || {
        let query = "{ notifications { edges { node { kind customerName } } } }";
        ann.ask(query).await["notifications"]["edges"].as_array().unwrap().len()
    };
    for (day, wanted) in [(1, 0), (2, 1), (3, 1), (4, 1)] {
        world.run_rules_at(first_night() + TimeDelta::days(day)).await;
        assert_eq!(notifications().await, wanted, "day {day}");
    }
    world.advance(TimeDelta::hours(1));
    assert_eq!(ann.follow_up(&acme).await, "");
    for (day, wanted) in [(6, 1), (7, 2), (8, 2)] {
        world.run_rules_at(first_night() + TimeDelta::days(day)).await;
        assert_eq!(notifications().await, wanted, "day {day}");
    }
    assert_eq!(world.owned_by(&ann).await, 1, "a warning decides nothing");
}
