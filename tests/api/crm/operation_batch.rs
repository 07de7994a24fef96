//! Operation batches: each batch is listed, and its undo restores the customers that nobody has moved since.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use crate::support::{Person, Statements, World, pretty};

const BATCH: &str = "results { customer { name } userErrors { code } } operationBatch { id }";

impl Person {
    /// Runs a mutation on customers; returns the id of its batch.
    async fn batch_of(&self, mutation: &str, input: Json) -> Json {
        let payload = self.act(mutation, input, BATCH).await;
        assert!(!payload.to_string().contains("\"code\""), "{payload}");
        payload["operationBatch"]["id"].clone()
    }

    async fn undo_batch(&self, batch: &Json) -> String {
        self.outcome("undoOperationBatch", json!({"operationBatchId": batch})).await
    }

    /// Undoes a batch; returns how many of its customers have been restored in total.
    async fn undo_and_count(&self, batch: &Json) -> i64 {
        let input = json!({"operationBatchId": batch});
        let payload = self.act("undoOperationBatch", input, "operationBatch { returned }").await;
        assert_eq!(payload["userErrors"], json!([]));
        payload["operationBatch"]["returned"].as_i64().unwrap()
    }

    async fn batches(&self) -> Json {
        let query = "{ operationBatches(orderBy: AT_ASC) { edges { node { kind at filter moved returned undoneAt
            operator { name } aboutUser { name } undoneBy { name } poolRuleRun { released }
            operations(orderBy: AT_ASC) { edges { node { type cause customer { name } batch { kind } } } } } } } }";
        let batches = self.ask(query).await["operationBatches"]["edges"].clone();
        batches.as_array().unwrap().iter().map(|edge| edge["node"].clone()).collect()
    }

    async fn kinds(&self) -> Vec<String> {
        let batches = self.ask("{ operationBatches(orderBy: AT_ASC) { edges { node { kind moved } } } }").await;
        let line = |edge: &Json| format!("{} {}", edge["node"]["kind"].as_str().unwrap(), edge["node"]["moved"]);
        batches["operationBatches"]["edges"].as_array().unwrap().iter().map(line).collect()
    }
}

impl World {
    /// A manager and two reps below them.
    async fn team(&self) -> [Person; 3] {
        let boss = self.person("Boss", "manager", None).await;
        let ann = self.person("Ann", "sales", Some(&boss)).await;
        let ben = self.person("Ben", "sales", Some(&boss)).await;
        [boss, ann, ben]
    }
}

#[tokio::test]
async fn each_user_lists_the_batches_that_they_may_see() {
    let world = World::new().await;
    let ([boss, ann, ben], admin) = (world.team().await, world.admin().await);
    let (top, hr) = (world.person("Top", "manager", None).await, world.person("Hana", "hr", None).await);
    assert_eq!(admin.outcome("changeManager", json!({"userId": boss.gid(), "managerId": top.gid()})).await, "");
    let (acme, blue) = (json!(ann.create("Acme").await), json!(ann.create("Blue").await));
    let (cold, bens) = (world.pooled("Cold").await, json!(ben.create("Bens").await));
    let own = json!(boss.create("Own").await);
    world.advance(TimeDelta::hours(1));

    let step = || world.advance(TimeDelta::hours(1));
    boss.batch_of("assignCustomers", json!({"customerIds": [cold], "ownerId": ann.gid()})).await;
    step();
    boss.batch_of("transferCustomers", json!({"customerIds": [acme, blue, bens], "ownerId": ben.gid()})).await;
    step();
    // Users release their own customers one by one; that is no batch.
    boss.batch_of("releaseCustomers", json!({"customerIds": [own, bens]})).await;
    step();
    boss.batch_of("releaseTeamCustomers", json!({"filter": {"name": {"eq": "Acme"}}, "expected": 1})).await;
    step();
    boss.batch_of("assignSuggestedOwners", json!({"customerIds": [own]})).await;
    step();
    assert_eq!(hr.outcome("departUser", json!({"userId": ben.gid()})).await, "");
    step();
    // A mutation that moves no customer makes no batch.
    let again = boss.act("transferCustomers", json!({"customerIds": [cold], "ownerId": ann.gid()}), BATCH).await;
    assert_eq!(again["operationBatch"], json!(null));
    let claimed = ann.act("claimCustomers", json!({"customerIds": [cold]}), BATCH).await;
    assert_eq!(claimed["operationBatch"], json!(null));

    insta::assert_snapshot!(pretty(&admin.batches().await));
    let of_boss = ["ASSIGNMENT 1", "TRANSFER 2", "TEAM_RELEASE 1", "TEAM_RELEASE 1", "ASSIGNMENT 1"];
    assert_eq!(boss.kinds().await, of_boss);
    assert_eq!(top.kinds().await, of_boss, "those above see it");
    assert_eq!(hr.kinds().await, ["DEPARTURE 1"]);
    assert_eq!(hr.batches().await[0]["operations"]["edges"], json!([]), "HR sees people, not customers");
    assert_eq!(ann.kinds().await, Vec::<String>::new());
    let query = "query($id: ID!) { customer(id: $id) { operations { edges { node { type batch { kind } } } } } }";
    let seen = ann.data(query, json!({"id": cold})).await["customer"]["operations"]["edges"][0]["node"].clone();
    assert_eq!(seen, json!({"type": "ASSIGN", "batch": null}));
    world.assert_sound().await;
}

#[tokio::test]
async fn undo_of_an_assignment_restores_the_pool_entry_and_its_protection() {
    let world = World::new().await;
    let [boss, ann, ben] = world.team().await;
    let (free, resting) = (world.pooled("Free").await, json!(boss.create("Resting").await));
    let rested = json!(boss.create("Rested").await);
    assert_eq!(boss.release(&rested).await, "");
    world.advance(TimeDelta::days(2));
    assert_eq!(boss.release(&resting).await, "");
    let until =
        "select array_agg(name || ' ' || coalesce((protected_until - pool_entry_time)::text, '-') order by name)
                 from customer where owner_user_id is null";
    assert_eq!(world.sql::<Vec<String>>(until).await, ["Free -", "Rested 3 days", "Resting 3 days"]);
    let batch =
        boss.batch_of("assignCustomers", json!({"customerIds": [free, resting, rested], "ownerId": ann.gid()})).await;
    world.advance(TimeDelta::days(2));
    assert_eq!(boss.undo_and_count(&batch).await, 3);
    assert_eq!(
        world.sql::<Vec<String>>(until).await,
        ["Free -", "Rested 3 days", "Resting 3 days"],
        "the protection ends when it would have ended"
    );
    let causes = "{ publicPool { edges { node { name operations { edges { node { type cause } } } } } } }";
    let node = &boss.ask(causes).await["publicPool"]["edges"][0]["node"];
    assert_eq!(node["operations"]["edges"][0]["node"], json!({"type": "RECLAIM", "cause": "UNDO"}));
    let mut notifications = ann.notification_lines().await;
    notifications.sort();
    assert_eq!(
        notifications,
        ["ASSIGNED Free", "ASSIGNED Rested", "ASSIGNED Resting", "TAKEN Free", "TAKEN Rested", "TAKEN Resting"]
    );
    assert_eq!(world.sql::<i64>("select count(*) from customer where protection_due is not null").await, 1);
    assert_eq!([ben.claim(&free).await, ben.claim(&resting).await], ["", "PROTECTED"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn undo_of_a_transfer_restores_the_former_owner_and_the_follow_up_times() {
    let world = World::new().await;
    let [boss, ann, ben] = world.team().await;
    let (acme, blue) = (json!(ann.create("Acme").await), json!(ann.create("Blue").await));
    let talk = json!({"customerId": acme, "channel": "PHONE", "content": "hi"});
    assert_eq!(ann.outcome("recordFollowUp", talk).await, "");
    let clocks =
        "query($id: ID!) { customer(id: $id) { owner { name } ownedSince firstFollowUpTime lastFollowUpTime } }";
    let before = boss.data(clocks, json!({"id": acme})).await["customer"].clone();
    world.advance(TimeDelta::days(1));
    let moved = boss.batch_of("transferCustomers", json!({"customerIds": [acme, blue], "ownerId": ben.gid()})).await;
    world.advance(TimeDelta::days(1));
    assert_eq!(boss.undo_and_count(&moved).await, 2);
    let after = boss.data(clocks, json!({"id": acme})).await["customer"].clone();
    assert_eq!(before, after, "as if the ownership had not been interrupted");
    // Both owners are notified, and the undo does not count as a claim.
    assert_eq!(ann.notification_lines().await.len(), 4);
    assert_eq!(ben.notification_lines().await.len(), 4);

    // One reclaim by a filter, and one by ids.
    let everything = json!({"filter": {"ownerId": {"eq": ann.gid()}}, "expected": 2});
    let released = boss.batch_of("releaseTeamCustomers", everything).await;
    assert_eq!(world.owners().await, "Acme: pool, Blue: pool");
    assert_eq!(boss.undo_and_count(&released).await, 2);
    let released = boss.batch_of("releaseCustomers", json!({"customerIds": [acme, blue]})).await;
    assert_eq!(boss.undo_and_count(&released).await, 2);
    assert_eq!(world.owners().await, "Acme: Ann, Blue: Ann");
    world.assert_sound().await;
}

#[tokio::test]
async fn undoing_a_departure_gives_the_customers_back_to_the_returned_user() {
    let world = World::new().await;
    let ([boss, ann, ben], hr) = (world.team().await, world.person("Hana", "hr", None).await);
    for name in ["Acme", "Blue", "Cold"] {
        ann.create(name).await;
    }
    let choices = json!([{"group": "REST", "ownerId": ben.gid()}]);
    let input = json!({"userId": ann.gid(), "customers": choices});
    let left = hr.act("departUser", input, "transferred operationBatch { id moved aboutUser { name } }").await;
    let batch = left["operationBatch"]["id"].clone();
    assert_eq!(left["operationBatch"], json!({"id": batch, "moved": 3, "aboutUser": {"name": "Ann"}}));
    world.advance(TimeDelta::hours(1));
    assert_eq!(hr.undo_and_count(&batch).await, 0, "Ann is not there");
    assert_eq!(hr.outcome("reactivateUser", json!({"userId": ann.gid()})).await, "");
    // Ben has released one of them meanwhile.
    let query = "select 'customer_' || id from customer where name = 'Cold'";
    let cold = json!(world.sql::<String>(query).await);
    assert_eq!(ben.release(&cold).await, "");
    assert_eq!(boss.undo_batch(&batch).await, "NOT_FOUND", "who sees no departures undoes none");
    assert_eq!(hr.undo_and_count(&batch).await, 2);
    assert_eq!(world.owners().await, "Acme: Ann, Blue: Ann, Cold: pool");
    world.assert_sound().await;
}

#[tokio::test]
async fn undo_leaves_customers_that_have_moved_since() {
    let world = World::new().await;
    let ([boss, ann, ben], admin) = (world.team().await, world.admin().await);
    let mut ids = Vec::new();
    for name in ["Claimed", "Left", "Merged", "Moved on", "Returned by hand"] {
        ids.push(json!(ann.create(name).await));
    }
    let stays = json!(ben.create("Stays").await);
    let released = boss.batch_of("releaseCustomers", json!({"customerIds": ids})).await;
    world.advance(TimeDelta::days(8));
    assert_eq!(ben.claim(&ids[0]).await, "");
    assert_eq!(admin.outcome("mergeCustomers", json!({"survivorId": stays, "mergedId": ids[2]})).await, "");
    boss.batch_of("assignCustomers", json!({"customerIds": [ids[3]], "ownerId": ben.gid()})).await;
    boss.batch_of("assignCustomers", json!({"customerIds": [ids[4]], "ownerId": ann.gid()})).await;
    world.advance(TimeDelta::hours(1));
    for _ in 0..2 {
        assert_eq!(boss.undo_and_count(&released).await, 1, "twice is fine");
    }
    assert_eq!(
        world.owners().await,
        "Claimed: Ben, Left: Ann, Merged: pool, Moved on: Ben, Returned by hand: Ann, Stays: Ben"
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn a_user_undoes_a_batch_only_with_the_permission_for_it_and_only_between_owners_of_their_team() {
    let world = World::new().await;
    let ([boss, ann, ben], admin) = (world.team().await, world.admin().await);
    let (other, hr) = (world.person("Other", "manager", None).await, world.person("Hana", "hr", None).await);
    let cleo = world.person("Cleo", "sales", Some(&boss)).await;
    let (acme, blue) = (json!(ann.create("Acme").await), json!(cleo.create("Blue").await));
    let moved = boss.batch_of("transferCustomers", json!({"customerIds": [acme, blue], "ownerId": ben.gid()})).await;
    for (person, wanted) in [(&other, "NOT_FOUND"), (&hr, "NOT_FOUND")] {
        assert_eq!(person.undo_batch(&moved).await, wanted, "{}", person.name);
    }
    let query =
        "mutation($input: UndoOperationBatchInput!) { undoOperationBatch(input: $input) { userErrors { code } } }";
    assert_eq!(ann.refused(query, json!({"input": {"operationBatchId": moved}})).await, "FORBIDDEN");
    let nothing = json!("operationbatch_00000000-0000-0000-0000-000000000000");
    assert_eq!(boss.undo_batch(&nothing).await, "NOT_FOUND");
    // HR may see the batch, but has no permission for this kind of operation.
    let see = json!({"role": "hr", "resource": "operation_batch", "action": "read", "scope": "all"});
    assert_eq!(admin.outcome("grantPermission", see).await, "");
    assert_eq!(hr.refused(query, json!({"input": {"operationBatchId": moved}})).await, "FORBIDDEN");

    // Cleo now has another manager and Ann is no rep any more, so the boss cannot give customers to either.
    world.advance(TimeDelta::hours(1));
    assert_eq!(admin.outcome("changeManager", json!({"userId": cleo.gid(), "managerId": other.gid()})).await, "");
    assert_eq!(admin.outcome("setRoles", json!({"userId": ann.gid(), "roles": ["service"]})).await, "");
    assert_eq!(boss.undo_and_count(&moved).await, 0);
    // After Ben has left the team, the boss cannot take customers from him.
    assert_eq!(admin.outcome("setRoles", json!({"userId": ann.gid(), "roles": ["sales"]})).await, "");
    assert_eq!(admin.outcome("changeManager", json!({"userId": ben.gid(), "managerId": other.gid()})).await, "");
    assert_eq!(boss.undo_and_count(&moved).await, 0);
    assert_eq!(admin.undo_and_count(&moved).await, 2, "an administrator is above all");
    assert_eq!(world.owners().await, "Acme: Ann, Blue: Cleo");
    world.assert_sound().await;
}

#[tokio::test]
async fn concurrent_undos_of_one_batch_undo_it_once() {
    let world = World::new().await;
    let [boss, ann, ben] = world.team().await;
    let mut ids = Vec::new();
    for number in 0..60 {
        ids.push(json!(ann.create(&format!("Customer {number}")).await));
    }
    let moved = boss.batch_of("transferCustomers", json!({"customerIds": ids, "ownerId": ben.gid()})).await;
    world.advance(TimeDelta::hours(1));
    let undos = futures_util::future::join_all((0..8).map(|_| boss.undo_batch(&moved))).await;
    assert_eq!(undos, [""; 8]);
    assert_eq!(world.sql::<i64>("select count(distinct owner_user_id) from customer").await, 1);
    assert_eq!(world.sql::<i64>("select returned from operation_batch").await, 60);
    assert_eq!(world.sql::<i64>("select count(*) from customer_operation_log where cause = 'UNDO'").await, 60);
    world.assert_sound().await;
}

#[tokio::test]
async fn undoing_many_takes_as_many_statements_as_undoing_one() {
    let world = World::new().await;
    let [boss, ann, ben] = world.team().await;
    let mut counts = Vec::new();
    // The first call warms up caches.
    for (round, count) in [1, 1, 40].into_iter().enumerate() {
        let mut ids = Vec::new();
        for number in 0..count {
            ids.push(json!(ann.create(&format!("Customer {round} {number}")).await));
        }
        let moved = boss.batch_of("transferCustomers", json!({"customerIds": ids, "ownerId": ben.gid()})).await;
        // The server looks up a session once a second.
        boss.ask("{ viewer { name } }").await;
        let statements = Statements::listen();
        boss.undo_and_count(&moved).await;
        counts.push(statements.sent());
    }
    assert_eq!(counts[1].len(), counts[2].len(), "{counts:#?}");
}
