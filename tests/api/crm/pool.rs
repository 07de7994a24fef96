//! Several public pools: who sees what is in them, who claims from them and how much, and which customer comes into which.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use crate::crm::rule_run::first_night;
use crate::support::pool_feed::{cursor, publish_events};
use crate::support::watcher::Watcher;
use crate::support::{Person, Statements, World, pretty};

const POOL: &str = "pool { id name isDefault condition priority protectionPeriod maxOwnedCustomers maxClaimsPerDay isArchived version \
     administrator { name } members { withTeam user { name } } }";

impl Person {
    /// Creates a pool with these members, who are alone; returns its id.
    async fn create_pool(&self, name: &str, members: &[&Person], more: Json) -> Json {
        let members: Vec<_> = members.iter().map(|member| json!({"userId": member.gid()})).collect();
        let mut input = json!({"name": name, "members": members});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let payload = self.act("createPool", input, "pool { id }").await;
        assert_eq!(payload["userErrors"], json!([]), "{name}");
        payload["pool"]["id"].clone()
    }

    async fn update_pool(&self, pool: &Json, version: i32, more: Json) -> String {
        let mut input = json!({"poolId": pool, "version": version});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.outcome("updatePool", input).await
    }

    async fn put_into(&self, pool: &Json, customer: &Json) -> String {
        self.outcomes("moveToPool", json!({"customerIds": [customer], "poolId": pool})).await.remove(0)
    }

    /// The names of the customers that the pool shows.
    async fn pooled_names(&self) -> Vec<String> {
        self.names_of("publicPool").await
    }

    async fn names_of(&self, list: &str) -> Vec<String> {
        let read = self.ask(&format!("{{ {list} {{ edges {{ node {{ name }} }} totalCount }} }}")).await;
        let edges = read[list]["edges"].as_array().unwrap().clone();
        assert_eq!(read[list]["totalCount"], edges.len());
        let mut names: Vec<_> = edges.iter().map(|edge| edge["node"]["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    }

    /// The name of the pool that a customer belongs to, as this person sees it.
    async fn pool_of(&self, customer: &Json) -> Json {
        let query = "query($id: ID!) { customer(id: $id) { pool { name } } }";
        self.data(query, json!({"id": customer})).await["customer"]["pool"]["name"].clone()
    }

    async fn claimability(&self, customer: &Json) -> Json {
        let query = "query($id: ID!) { customer(id: $id) { claimability { reasons } } }";
        self.data(query, json!({"id": customer})).await["customer"]["claimability"]["reasons"].clone()
    }

    async fn set_limits(&self, limits: Json) {
        assert_eq!(self.outcome("updateSettings", limits).await, "");
    }
}

#[tokio::test]
async fn a_small_company_has_one_pool() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let acme = world.pooled("Acme").await;
    let pools = ann.ask("{ pools { edges { node { name isDefault members { withTeam } } } } }").await;
    assert_eq!(
        pools["pools"]["edges"],
        json!([{"node": {"name": "公海 · Public pool", "isDefault": true, "members": []}}])
    );
    assert_eq!(ann.pool_of(&acme).await, "公海 · Public pool");
    // The one that everybody has stays as it is, but for its name and its administrator.
    let id = world.sql::<uuid::Uuid>("select id from pool").await;
    let default = json!(format!("pool_{id}"));
    assert_eq!(admin.update_pool(&default, 1, json!({"maxClaimsPerDay": 3})).await, "INVALID");
    assert_eq!(admin.update_pool(&default, 1, json!({"members": [{"userId": ann.gid()}]})).await, "INVALID");
    assert_eq!(admin.outcome("archivePool", json!({"poolId": default})).await, "INVALID");
    assert_eq!(admin.update_pool(&default, 1, json!({"name": "公海"})).await, "");
    assert_eq!(ann.pool_of(&acme).await, "公海");
    // The database holds it for every writer.
    for statement in [
        "delete from pool",
        "update pool set archived_at = now()",
        "update pool set condition = 'owned_days > 1'",
        "insert into pool_member select id, (select id from app_user limit 1), true from pool",
    ] {
        assert!(sqlx::query(statement).execute(&world.db).await.is_err(), "{statement}");
    }
}

#[tokio::test]
async fn a_pool_is_created_changed_and_archived() {
    let world = World::new().await;
    let admin = world.admin().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let input = json!({
        "name": " 华东公海 ", "administratorId": boss.gid(), "members": [{"userId": ann.gid(), "withTeam": true}],
        "condition": "region == \"EAST\"", "priority": 5, "protectionPeriod": "PT36H", "maxOwnedCustomers": 20,
        "maxClaimsPerDay": 0, "idempotencyKey": "east",
    });
    let created = admin.act("createPool", input.clone(), POOL).await["pool"].clone();
    insta::assert_snapshot!(pretty(&created).replace(created["id"].as_str().unwrap(), "…"));
    assert_eq!(admin.act("createPool", input, POOL).await["pool"]["id"], created["id"], "once");
    let east = &created["id"];
    // An administrator of a pool changes what is its own.
    assert_eq!(boss.update_pool(east, 1, json!({"protectionPeriod": null, "maxClaimsPerDay": 9})).await, "");
    assert_eq!(boss.update_pool(east, 2, json!({"priority": 6})).await, "FORBIDDEN");
    assert_eq!(boss.update_pool(east, 2, json!({"administratorId": null})).await, "FORBIDDEN");
    assert_eq!(boss.update_pool(east, 1, json!({"name": "East"})).await, "CONFLICT");
    let create = "mutation { createPool(input: {name: \"x\"}) { userErrors { code } } }";
    assert_eq!(boss.refused(create, json!({})).await, "FORBIDDEN");
    let update =
        "mutation($id: ID!) { updatePool(input: {poolId: $id, version: 2, name: \"x\"}) { userErrors { code } } }";
    assert_eq!(ann.refused(update, json!({"id": east})).await, "FORBIDDEN");
    // Of another pool they may not.
    let south = admin.create_pool("South", &[], json!({})).await;
    assert_eq!(boss.update_pool(&south, 1, json!({"name": "x"})).await, "FORBIDDEN");
    // All that is wrong is said at once.
    let wrong = json!({
        "name": "South", "administratorId": "user_00000000-0000-0000-0000-000000000000",
        "members": [{"userId": ann.gid()}, {"userId": ann.gid(), "withTeam": true}], "condition": "region == \"MOON\"",
        "priority": 1001, "protectionPeriod": "P400D", "maxOwnedCustomers": -1,
    });
    let refused = admin.act("createPool", wrong, "__typename").await["userErrors"].clone();
    let paths: Vec<_> = refused.as_array().unwrap().iter().map(|error| error["path"][0].as_str().unwrap()).collect();
    let all = ["administratorId", "members", "condition", "priority", "protectionPeriod", "maxOwnedCustomers"];
    assert_eq!(paths, all);
    assert_eq!(admin.outcome("createPool", json!({"name": "South"})).await, "DUPLICATE");
    // A pool with customers stays, whether they are in it or owned.
    let (pooled, owned) = (world.pooled("Pooled").await, json!(ann.create("Owned").await));
    for customer in [&pooled, &owned] {
        assert_eq!(admin.put_into(&south, customer).await, "");
    }
    let archive = json!({"poolId": south});
    for customer in [&pooled, &owned] {
        let refused = admin.act("archivePool", archive.clone(), POOL).await;
        assert_eq!(refused["userErrors"][0]["code"], "POOL_NOT_EMPTY");
        assert_eq!(admin.put_into(east, customer).await, "");
    }
    assert_eq!(admin.outcome("archivePool", archive.clone()).await, "");
    assert_eq!(admin.outcome("archivePool", archive).await, "", "twice");
    assert_eq!(admin.refused_move(&south, &pooled).await, "INVALID");
    assert_eq!(admin.update_pool(&south, 2, json!({"name": "x"})).await, "ARCHIVED");
    let names = admin.names_of("pools").await;
    assert_eq!(names, ["公海 · Public pool", "华东公海"].map(str::to_owned));
    // The name is free again.
    admin.create_pool("South", &[], json!({})).await;
    assert_eq!(boss.names_of("pools").await.len(), 3);
    assert_eq!(ann.names_of("pools").await.len(), 2, "a rep sees the pools of which they are a member");
    world.assert_sound().await;
}

impl Person {
    async fn refused_move(&self, pool: &Json, customer: &Json) -> String {
        self.outcome("moveToPool", json!({"customerIds": [customer], "poolId": pool})).await
    }
}

#[tokio::test]
async fn reps_see_and_claim_what_is_in_their_pools() {
    let world = World::new().await;
    let (admin, ann, ben) = (world.admin().await, world.sales("Ann").await, world.sales("Ben").await);
    let boss = world.person("Boss", "manager", None).await;
    let cleo = world.person("Cleo", "sales", Some(&boss)).await;
    let (acme, blue) = (world.pooled("Acme").await, world.pooled("Blue").await);
    let east = admin.create_pool("East", &[&ann], json!({})).await;
    assert_eq!(admin.put_into(&east, &acme).await, "");
    assert_eq!(admin.put_into(&east, &acme).await, "", "twice");
    // The list, its count, the one row, what belongs to it, and the search.
    assert_eq!(ann.pooled_names().await, ["Acme", "Blue"]);
    for other in [&ben, &cleo] {
        assert_eq!(other.pooled_names().await, ["Blue"]);
        assert_eq!(other.names_of("customers").await, ["Blue"]);
        let query = "query($id: ID!) { customer(id: $id) { name } node(id: $id) { id } search(text: \"Acme\") { hits { kind } } }";
        let read = other.data(query, json!({"id": acme})).await;
        assert_eq!(read, json!({"customer": null, "node": null, "search": {"hits": []}}));
        assert_eq!(other.claim(&acme).await, "NOT_FOUND");
    }
    // Managers see all pools, and claim from their own.
    assert_eq!(boss.pooled_names().await, ["Acme", "Blue"]);
    assert_eq!(boss.claimability(&acme).await, json!(["NOT_A_MEMBER"]));
    assert_eq!(boss.claim(&acme).await, "NOT_A_MEMBER");
    let assigned = json!({"customerIds": [acme], "ownerId": cleo.gid()});
    assert_eq!(boss.outcomes("assignCustomers", assigned.clone()).await, ["FORBIDDEN"]);
    assert_eq!(boss.outcomes("moveToPool", json!({"customerIds": [acme], "poolId": east})).await, ["FORBIDDEN"]);
    // A blacklisted one of another pool was never seen.
    assert_eq!(admin.outcome("blacklistCustomer", json!({"customerId": acme, "reason": "no"})).await, "");
    assert_eq!([ben.claim(&acme).await, ann.claim(&acme).await], ["NOT_FOUND", "BLACKLISTED"]);
    assert_eq!(admin.outcome("unblacklistCustomer", json!({"customerId": acme})).await, "");
    // A new member sees it from then on: as a user, by the team, or as the administrator.
    let member = |person: &Person, with_team| json!({"members": [{"userId": person.gid(), "withTeam": with_team}]});
    assert_eq!(admin.update_pool(&east, 1, member(&boss, false)).await, "");
    assert_eq!((cleo.pooled_names().await.len(), ann.pooled_names().await.len()), (1, 1));
    assert_eq!(admin.update_pool(&east, 2, member(&boss, true)).await, "");
    assert_eq!(cleo.pooled_names().await, ["Acme", "Blue"]);
    let manager = json!({"userId": ben.gid(), "managerId": cleo.gid()});
    assert_eq!(admin.outcome("changeManager", manager).await, "");
    assert_eq!(ben.pooled_names().await, ["Acme", "Blue"], "a new member of the team");
    let away = json!({"userId": cleo.gid(), "managerId": null});
    assert_eq!(admin.outcome("changeManager", away).await, "");
    assert_eq!(ben.pooled_names().await, ["Blue"], "with the one above them, they left the team");
    assert_eq!(admin.update_pool(&east, 3, json!({"administratorId": ann.gid()})).await, "");
    assert_eq!(ann.claim(&acme).await, "");
    assert_eq!(ann.pool_of(&acme).await, "East");
    // It falls to where it was.
    assert_eq!(ann.release(&acme).await, "");
    assert_eq!((ann.pooled_names().await.len(), cleo.pooled_names().await), (2, vec!["Blue".to_owned()]));
    assert_eq!(cleo.claim(&blue).await, "");
    world.assert_sound().await;
}

#[tokio::test]
async fn superiors_move_customers_and_the_log_says_it() {
    let world = World::new().await;
    let admin = world.admin().await;
    let boss = world.person("Boss", "manager", None).await;
    let (ann, ben) = (world.person("Ann", "sales", Some(&boss)).await, world.sales("Ben").await);
    let east = admin.create_pool("East", &[&boss], json!({})).await;
    let (acme, own) = (world.pooled("Acme").await, json!(ann.create("Own").await));
    let stranger = json!(ben.create("Stranger's").await);
    let input = json!({"customerIds": [acme, own, stranger], "poolId": east, "remark": "Shanghai"});
    let query = "mutation($i: MoveToPoolInput!) { moveToPool(input: $i) { userErrors { code } } }";
    assert_eq!(ann.refused(query, json!({"i": input})).await, "FORBIDDEN");
    assert_eq!(boss.outcomes("moveToPool", input).await, ["", "", "NOT_FOUND"]);
    let log = "query($id: ID!) { customer(id: $id) { ownerId operations(first: 1) { edges { node {
        type cause remark operator { name } previousOwner { name } newOwner { name } pool { name } previousPool { name } } } } } }";
    let read = boss.data(log, json!({"id": own})).await["customer"].clone();
    assert_eq!(read["ownerId"], ann.gid());
    let moved = json!({"type": "MOVE", "cause": "MANAGER", "remark": "Shanghai", "operator": {"name": "Boss"},
        "previousOwner": {"name": "Ann"}, "newOwner": {"name": "Ann"}, "pool": {"name": "East"},
        "previousPool": {"name": "公海 · Public pool"}});
    assert_eq!(read["operations"]["edges"][0]["node"], moved);
    // An owned customer falls into that pool.
    assert_eq!(ann.release(&own).await, "");
    assert_eq!(ann.pooled_names().await, Vec::<String>::new());
    assert_eq!(boss.pooled_names().await, ["Acme", "Own"]);
    // Figures count owners, and no pools.
    let facts: i64 = world.sql("select count(*) from sales_fact where detail like 'MOVE:%'").await;
    assert_eq!(facts, 0);
    let filter = "query($f: CustomerFilter) { customers(filter: $f) { totalCount } }";
    let count = async |pools: Json| {
        let read = admin.data(filter, json!({"f": {"poolId": pools}})).await;
        read["customers"]["totalCount"].as_i64().unwrap()
    };
    assert_eq!((count(json!({"eq": east})).await, count(json!({"in": []})).await), (2, 0));
    world.assert_sound().await;
}

#[tokio::test]
async fn the_pool_says_for_how_long_it_protects() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let long = admin.create_pool("Long", &[&ann], json!({"protectionPeriod": "P10D"})).await;
    let none = admin.create_pool("None", &[&ann], json!({"protectionPeriod": "PT0S"})).await;
    let mut customers = Vec::new();
    for (name, pool) in [("Acme", Some(&long)), ("Blue", Some(&none)), ("Cosmos", None)] {
        let customer = json!(ann.create(name).await);
        if let Some(pool) = pool {
            assert_eq!(admin.put_into(pool, &customer).await, "");
        }
        world.advance(TimeDelta::seconds(1));
        assert_eq!(ann.release(&customer).await, "");
        customers.push(customer);
    }
    let [acme, blue, cosmos] = customers.as_slice() else { panic!() };
    let until = async |customer: &Json| {
        let query = "query($id: ID!) { customer(id: $id) { protectedUntil } }";
        ann.data(query, json!({"id": customer})).await["customer"]["protectedUntil"].clone()
    };
    assert_eq!(until(acme).await, "2026-03-12T01:00:01.000000Z");
    assert_eq!(until(blue).await, Json::Null);
    assert_eq!(until(cosmos).await, "2026-03-05T01:00:03.000000Z");
    // A change of the settings is none of the pool, and the other way round.
    admin.set_limits(json!({"protectionPeriod": "P1D"})).await;
    assert_eq!(until(acme).await, "2026-03-12T01:00:01.000000Z");
    assert_eq!(until(cosmos).await, "2026-03-03T01:00:03.000000Z");
    assert_eq!(admin.update_pool(&long, 1, json!({"protectionPeriod": "P20D"})).await, "");
    assert_eq!(until(acme).await, "2026-03-22T01:00:01.000000Z");
    // What is moved is protected as the other pool protects, from its release on.
    assert_eq!(admin.put_into(&long, cosmos).await, "");
    assert_eq!(until(cosmos).await, "2026-03-22T01:00:03.000000Z");
    assert_eq!(admin.put_into(&none, acme).await, "");
    assert_eq!((until(acme).await, ann.claim(acme).await), (Json::Null, String::new()));
    // What can be claimed stays so.
    assert_eq!(admin.put_into(&long, blue).await, "");
    assert_eq!(ann.claim(blue).await, "");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_limit_of_a_pool_counts_the_pool_alone() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let mut customers = Vec::new();
    for number in 0..9 {
        customers.push(world.pooled(&format!("Company {number}")).await);
    }
    let limits = json!({"maxClaimsPerDay": 2, "maxOwnedCustomers": 2});
    let east = admin.create_pool("East", &[&ann], limits).await;
    let plain = admin.create_pool("Plain", &[&ann], json!({})).await;
    admin.set_limits(json!({"maxClaimsPerDay": 3, "maxOwnedCustomers": 3})).await;
    for customer in &customers[..3] {
        admin.put_into(&east, customer).await;
    }
    for customer in &customers[3..5] {
        admin.put_into(&plain, customer).await;
    }
    let claim = async |number: usize| ann.claim(&customers[number]).await;
    let reached = ["CLAIM_LIMIT_REACHED", "HOLDING_LIMIT_REACHED"];
    // A pool without a limit of its own shares that of the settings with others.
    assert_eq!([claim(0).await, claim(3).await, claim(1).await, claim(4).await, claim(5).await], [""; 5]);
    assert_eq!((claim(2).await, claim(6).await), (reached[0].to_owned(), reached[0].to_owned()));
    for customer in [&customers[2], &customers[6]] {
        assert_eq!(ann.claimability(customer).await, json!(reached));
    }
    let quota = "query($p: ID) { viewer { claimQuota(poolId: $p) { owned maxOwned claimedToday maxClaimsPerDay claimsLeft } } }";
    let of = async |pool: &Json| ann.data(quota, json!({"p": pool})).await["viewer"]["claimQuota"].clone();
    let full =
        |most| json!({"owned": most, "maxOwned": most, "claimedToday": most, "maxClaimsPerDay": most, "claimsLeft": 0});
    assert_eq!(of(&east).await, full(2));
    assert_eq!(of(&plain).await, full(3));
    assert_eq!(of(&Json::Null).await, full(3));
    // The next day only what is owned counts, and in a batch each customer counts for its pool.
    world.advance(TimeDelta::days(1));
    assert_eq!(claim(2).await, reached[1]);
    for number in [0, 1, 3, 4, 5] {
        assert_eq!(ann.release(&customers[number]).await, "");
    }
    world.advance(TimeDelta::days(4));
    let batch = json!({"customerIds": customers});
    let outcomes = ann.outcomes("claimCustomers", batch).await;
    let taken: Vec<_> = outcomes.iter().map(String::is_empty).collect();
    assert_eq!(taken, [true, true, false, true, true, true, false, false, false], "{outcomes:?}");
    world.assert_sound().await;
}

/// Creates a customer in a region, which its creator owns.
async fn in_region(person: &Person, name: &str, region: &str) -> Json {
    let input = json!({"name": name, "source": "WEBSITE", "region": region, "notDuplicate": true});
    person.act("createCustomer", input, "customer { id }").await["customer"]["id"].clone()
}

#[tokio::test]
async fn conditions_say_into_which_pool_a_customer_comes() {
    let world = World::new().await;
    let (admin, mark) = (world.admin().await, world.person("Mark", "marketing", None).await);
    let boss = world.person("Boss", "manager", None).await;
    let (ann, ben) = (world.person("Ann", "sales", Some(&boss)).await, world.sales("Ben").await);
    let condition = |text: &str, priority| json!({"condition": text, "priority": priority});
    let east = admin.create_pool("East", &[&ben], condition("region == \"EAST\"", 1)).await;
    admin.create_pool("Team", &[&ben], condition("\"boss@example.com\" in teams", 2)).await;
    let by_hand = admin.create_pool("By hand", &[&ben], json!({})).await;
    let default = "公海 · Public pool";
    let pool_of = async |customer: &Json| admin.pool_of(customer).await;

    // Released by the owner: of two that match, the one with the larger priority.
    for (owner, region, pool) in
        [(&ann, "EAST", "Team"), (&ann, "SOUTH", "Team"), (&ben, "EAST", "East"), (&ben, "SOUTH", default)]
    {
        let customer = in_region(owner, &format!("{} {region}", owner.name), region).await;
        assert_eq!(pool_of(&customer).await, default, "nothing says where an owned one falls before it does");
        assert_eq!(owner.release(&customer).await, "");
        assert_eq!(pool_of(&customer).await, pool);
    }
    // Entered by marketing.
    let (entered, other) = (in_region(&mark, "Entered", "EAST").await, in_region(&mark, "Other", "SOUTH").await);
    assert_eq!([pool_of(&entered).await, pool_of(&other).await], ["East", default]);
    // What is moved by hand stays there if nothing says otherwise; a pool with a condition keeps only what matches it.
    for (name, region, moved_to, pool) in [
        ("Hand South", "SOUTH", &by_hand, json!("By hand")),
        ("Hand East", "EAST", &by_hand, json!("East")),
        ("East South", "SOUTH", &east, json!(default)),
    ] {
        let customer = in_region(&ben, name, region).await;
        assert_eq!(admin.put_into(moved_to, &customer).await, "");
        assert_eq!(ben.release(&customer).await, "");
        assert_eq!(pool_of(&customer).await, pool, "{name}");
    }
    // By a rule, by a superior, and by a departure.
    let (ruled, taken, left) = (
        in_region(&ben, "Ruled", "EAST").await,
        in_region(&ann, "Taken", "EAST").await,
        in_region(&ann, "Left", "EAST").await,
    );
    assert_eq!(boss.release(&taken).await, "");
    assert_eq!(admin.outcome("departUser", json!({"userId": ann.gid()})).await, "");
    admin.create_rule("owned_days > 0.5 && region == \"EAST\"", "0 3 * * *", 1).await;
    world.run_rules_at(first_night()).await;
    assert_eq!([pool_of(&ruled).await, pool_of(&taken).await, pool_of(&left).await], ["East", "Team", "Team"]);
    let log = "query($id: ID!) { customer(id: $id) { operations(first: 1) { edges { node { type pool { name } previousPool { name } } } } } }";
    let last = admin.data(log, json!({"id": ruled})).await["customer"]["operations"]["edges"][0]["node"].clone();
    assert_eq!(last, json!({"type": "RECLAIM", "pool": {"name": "East"}, "previousPool": {"name": default}}));
    // A condition that names nobody any more matches nothing, and no release fails by it.
    let renamed = json!({"userId": boss.gid(), "email": "chief@example.com"});
    assert_eq!(admin.outcome("updateUser", renamed).await, "");
    let late = in_region(&ben, "Late", "EAST").await;
    assert_eq!(ben.release(&late).await, "");
    assert_eq!(pool_of(&late).await, "East");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_rule_can_be_that_of_one_pool() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let east = admin.create_pool("East", &[&ann], json!({})).await;
    let (in_east, other) = (json!(ann.create("In East").await), json!(ann.create("Other").await));
    assert_eq!(admin.put_into(&east, &in_east).await, "");
    for name in ["East", east.as_str().unwrap()] {
        let condition = json!({"condition": format!("pool == \"{name}\" && owned_days >= 0")});
        let read = admin.data(
            "query($f: CustomerFilter) { customers(filter: $f) { edges { node { id } } } }",
            json!({"f": condition}),
        );
        assert_eq!(read.await["customers"]["edges"], json!([{"node": {"id": in_east}}]), "{name}");
    }
    let wrong =
        json!({"name": "x", "condition": "pool == \"West\" && owned_days > 1", "action": "KEEP", "priority": 1});
    assert_eq!(admin.outcome("createPoolRule", wrong).await, "INVALID");
    admin.create_rule("owned_days > 0.5 && pool != \"公海 · Public pool\"", "0 3 * * *", 1).await;
    world.run_rules_at(first_night()).await;
    let owner = async |customer: &Json| {
        admin.data("query($id: ID!) { customer(id: $id) { ownerId } }", json!({"id": customer})).await["customer"]["ownerId"].clone()
    };
    assert_eq!((owner(&in_east).await, owner(&other).await), (Json::Null, json!(ann.gid())));
}

/// Imports a file to its end.
async fn import(person: &Person, file: &str, more: Json) {
    let payload = person.upload("customers.csv", file.as_bytes(), more).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload}");
    person.run_import(payload["import"]["id"].as_str().unwrap()).await;
}

#[tokio::test]
async fn an_import_names_the_pool_of_its_customers() {
    let world = World::new().await;
    let (admin, ben) = (world.admin().await, world.sales("Ben").await);
    let by_hand = admin.create_pool("By hand", &[&ben], json!({})).await;
    admin.create_pool("East", &[], json!({"condition": "region == \"EAST\""})).await;
    let file = "公司名称,来源,地区\nAcme,WEBSITE,EAST\nBlue,WEBSITE,SOUTH\n";
    import(&admin, file, json!({"poolId": by_hand})).await;
    assert_eq!(ben.pooled_names().await, ["Acme", "Blue"]);
    let file = "公司名称,来源,地区\nCosmos,WEBSITE,EAST\nDelta,WEBSITE,SOUTH\n";
    import(&admin, file, json!({})).await;
    assert_eq!(ben.pooled_names().await, ["Acme", "Blue", "Delta"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn the_feed_of_a_member_has_their_pools() {
    let world = World::new().await;
    let (admin, ann, ben) = (world.admin().await, world.sales("Ann").await, world.sales("Ben").await);
    let cleo = world.sales("Cleo").await;
    let acme = world.pooled("Acme").await;
    let east = admin.create_pool("East", &[&ann, &cleo], json!({})).await;
    let address = world.listen().await;
    let mut of_ann = Watcher::subscribe(address, &ann).await;
    let mut of_cleo = Watcher::subscribe(address, &cleo).await;
    let mut of_ben = Watcher::subscribe(address, &ben).await;
    let mut of_admin = Watcher::with_filter(address, &admin, json!({"poolId": {"eq": east}})).await;
    assert_eq!(admin.put_into(&east, &acme).await, "");
    for watcher in [&mut of_ann, &mut of_cleo] {
        assert_eq!(watcher.line().await, "CHANGED MOVED Acme");
    }
    assert_eq!(of_ben.line().await, "LEFT - -");
    assert_eq!(of_admin.line().await, "ENTERED MOVED Acme");
    // What happens there is nothing to others.
    let edit = json!({"customerId": acme, "version": 1, "level": "A"});
    assert_eq!(admin.outcome("updateCustomer", edit).await, "");
    assert_eq!(of_ann.line().await, "CHANGED EDITED Acme");
    assert_eq!(of_cleo.line().await, "CHANGED EDITED Acme");
    of_ben.assert_no_event_before_now(&world).await;
    for watcher in [&mut of_ann, &mut of_cleo] {
        assert!(watcher.line().await.starts_with("ENTERED CREATED Behind all"));
    }
    let default = json!(format!("pool_{}", world.sql::<uuid::Uuid>("select id from pool where is_default").await));
    assert_eq!(of_admin.line().await, "CHANGED EDITED Acme");
    assert_eq!(admin.put_into(&default, &acme).await, "");
    assert_eq!(of_ben.line().await, "ENTERED MOVED Acme");
    assert_eq!(of_admin.line().await, "LEFT - -");
    // Who is no member any more gets nothing more of the pool, over the socket that is open.
    assert_eq!(of_ann.line().await, "CHANGED MOVED Acme");
    assert_eq!(of_cleo.line().await, "CHANGED MOVED Acme");
    assert_eq!(admin.update_pool(&east, 1, json!({"members": [{"userId": cleo.gid()}]})).await, "");
    assert_eq!(admin.put_into(&east, &acme).await, "");
    assert_eq!(of_cleo.line().await, "CHANGED MOVED Acme");
    assert_eq!(of_ann.line().await, "LEFT - -");
}

#[tokio::test]
async fn events_of_before_there_were_pools_are_of_the_default_pool() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let acme = world.pooled("Acme").await;
    publish_events(&world).await;
    let start = cursor(&ann).await;
    let old = "insert into event_outbox (topic, kind, customer_id, occurred_at, after)
               select 'POOL', 'CHANGED', id, updated_at, pool_image(c) - 'pool_id' from customer c";
    sqlx::query(old).execute(&world.db).await.unwrap();
    publish_events(&world).await;
    admin.create_pool("East", &[], json!({})).await;
    let address = world.listen().await;
    let mut watcher = Watcher::after(address, &ann, start, json!(null)).await;
    let entered = watcher.next().await;
    assert_eq!([&entered["kind"], &entered["customerId"]], [&json!("ENTERED"), &acme]);
}

#[tokio::test]
async fn one_pool_costs_no_statement_more() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let (acme, blue) = (world.pooled("Acme").await, world.pooled("Blue").await);
    let measure = async |customer: &Json| {
        let statements = Statements::listen();
        assert_eq!(ann.claim(customer).await, "");
        assert_eq!(ann.release(customer).await, "");
        statements.whole()
    };
    let with_one = measure(&acme).await;
    assert!(with_one.iter().all(|text| !text.contains("pool_id = any")), "{with_one:?}");
    admin.create_pool("East", &[&ann], json!({})).await;
    let with_two = measure(&blue).await;
    assert_eq!(with_one.len(), with_two.len());
    assert!(with_two.iter().any(|text| text.contains("pool_id = any")), "{with_two:?}");
}
