//! Merge: two customers are one company, and everything belongs to the survivor afterwards.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::support::pool_feed::publish_events;
use crate::support::watcher::Watcher;
use crate::support::{Person, World, pretty};

async fn merge(person: &Person, survivor: &Json, merged: &Json) -> String {
    person.outcome("mergeCustomers", json!({"survivorId": survivor, "mergedId": merged, "remark": "one company"})).await
}

async fn archived(world: &World) -> i64 {
    world.sql("select count(*) from customer where archived_at is not null").await
}

/// An order of a customer with feedback, written to the database directly.
async fn order(world: &World, customer: &Json, opportunity: Option<&Json>, seller: &Person) {
    let id = |json: &Json| json.as_str().unwrap().rsplit_once('_').unwrap().1.parse::<Uuid>().unwrap();
    let (now, order) = (world.clock.now(), tidepool::kernel::id::new_uuid(world.clock.now()));
    sqlx::query(
        "with sold as (
             insert into sales_order (id, order_no, customer_id, opportunity_id, sold_by_user_id, owner_user_id, currency, ordered_at, created_at, updated_at)
             values ($1, $1::text, $2, $3, $4, $4, 'CNY', $5, $5, $5)),
         told as (
             insert into order_history (id, order_id, customer_id, action, from_status, to_status, user_id, at)
             values ($1, $1, $2, 'CREATE', 'PENDING', 'PENDING', $4, $5))
         insert into order_feedback (id, order_id, customer_id, service_user_id, rating, category, created_at, updated_at)
         values ($1, $1, $2, $4, 5, 'OTHER', $5, $5)",
    )
    .bind(order)
    .bind(id(customer))
    .bind(opportunity.map(id))
    .bind(seller.id.uuid())
    .bind(now)
    .execute(&world.db)
    .await
    .unwrap();
}

#[tokio::test]
async fn a_merge_moves_everything_to_the_survivor_and_the_old_id_refers_to_it() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let (ann, bob) = (world.person("Ann", "sales", Some(&boss)).await, world.person("Bob", "sales", Some(&boss)).await);
    let extras = |rating: &str| json!([{"key": "credit_rating", "value": rating}]);
    let input = json!({"name": "上海海潮科技", "source": "WEBSITE", "extras": extras("AAA")});
    let stays = ann.act("createCustomer", input, "customer { id }").await["customer"]["id"].clone();
    world.advance(TimeDelta::hours(1));
    let mut other_extras = extras("B");
    other_extras.as_array_mut().unwrap().push(json!({"key": "employees", "value": "42"}));
    let input =
        json!({"name": "海潮信息", "source": "WEBSITE", "creditCode": "91310000MA1K35X10X", "extras": other_extras});
    let goes = bob.act("createCustomer", input, "customer { id }").await["customer"]["id"].clone();
    for (person, customer, name) in [(&ann, &stays, "Li Lei"), (&bob, &goes, "Han Meimei")] {
        let input = json!({"customerId": customer, "name": name, "isPrimary": true});
        assert_eq!(person.outcome("createContact", input).await, "");
        world.advance(TimeDelta::hours(1));
    }
    let opportunity =
        bob.act("createOpportunity", json!({"customerId": goes}), "opportunity { id }").await["opportunity"]["id"]
            .clone();
    for of in [json!(null), opportunity.clone()] {
        let input = json!({"customerId": goes, "opportunityId": of, "channel": "PHONE", "content": "hello"});
        assert_eq!(bob.outcome("recordFollowUp", input).await, "");
    }
    order(&world, &goes, Some(&opportunity), &bob).await;
    order(&world, &goes, None, &bob).await;
    let kept = "select to_jsonb(c) - '{version,updated_at,credit_code,has_ordered}'::text[] from customer c where name = '上海海潮科技'";
    let before: Json = world.sql(kept).await;

    world.advance(TimeDelta::hours(1));
    for _ in 0..2 {
        assert_eq!(merge(&boss, &stays, &goes).await, "");
    }
    assert_eq!(world.sql::<Json>(kept).await, before, "it keeps its owner, its clocks and its name");
    assert!(world.sql::<bool>("select has_ordered from customer where name = '上海海潮科技'").await, "the other has");

    let query = "query($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } customer(id: $id) { id creditCode owner { name } lastFollowUpTime
        contacts { edges { node { name isPrimary } } } extras { key value } opportunities { totalCount edges { node { owner { name } } } }
        followUps { totalCount } orders { totalCount } feedback { totalCount } timeline { totalCount }
        operations(orderBy: AT_ASC) { edges { node { type remark operator { name } previousOwner { name } newOwner { name } customer { id }
            moved { customerName contacts extras opportunities followUps tasks orders feedback } } } } } }";
    let read = boss.data(query, json!({"id": goes})).await;
    assert_eq!(
        [&read["customer"]["id"], &read["node"]["id"], &read["nodes"][0]["id"]],
        [&stays; 3],
        "the old id leads there"
    );
    assert_eq!(boss.data(query, json!({"id": stays})).await, read, "and is the same as the new one");
    let text = pretty(&read["customer"]).replace(stays.as_str().unwrap(), "the survivor");
    insta::assert_snapshot!(text);

    // The former owner is notified, and the customer is not in their list any more.
    let seen = bob.ask("{ notifications { edges { node { kind customerName actor { name } customer { id } } } } customers { totalCount } }").await;
    let notice = json!({"kind": "MERGED", "customerName": "海潮信息", "actor": {"name": "Boss"}, "customer": null});
    assert_eq!(seen["notifications"]["edges"], json!([{"node": notice}]));
    assert_eq!(seen["customers"]["totalCount"], 0);
    let lists = "{ customers { totalCount } archived: customers(filter: {isArchived: {eq: true}}) { totalCount } publicPool { totalCount } }";
    let counted =
        json!({"customers": {"totalCount": 1}, "archived": {"totalCount": 0}, "publicPool": {"totalCount": 0}});
    assert_eq!(boss.ask(lists).await, counted, "it is in no list");
    assert_eq!(world.sql::<i64>("select count(*) from customer_operation_log where type = 'MERGE'").await, 1);
    for table in [
        "contact",
        "customer_operation_log",
        "sales_opportunity",
        "opportunity_history",
        "followup",
        "task",
        "task_step",
        "sales_order",
        "payment",
        "order_history",
        "order_feedback",
        "notification",
    ] {
        let left = format!(
            "select count(*) from {table} t join customer c on c.id = t.customer_id where c.merged_into is not null"
        );
        assert_eq!(world.sql::<i64>(&left).await, 0, "{table}");
    }
    world.assert_sound().await;
}

#[tokio::test]
async fn only_a_merge_changes_rows_of_the_operation_log() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let (acme, blue) = (json!(ann.create("Acme").await), json!(ann.create("Blue").await));
    ann.create("Cosmos").await;
    assert_eq!(merge(&admin, &blue, &acme).await, "");
    let log = "select string_agg(l::text, e'\n' order by id) from customer_operation_log l";
    let before = world.sql::<String>(log).await;
    for change in [
        "update customer_operation_log set remark = 'x' where merged_from is null",
        "update customer_operation_log set merged_from = null where merged_from is not null",
        "update customer_operation_log l set customer_id = c.id, merged_from = l.customer_id from customer c
         where c.name = 'Cosmos' and l.customer_id <> c.id",
        "update customer_operation_log l set customer_id = c.id, at = l.at + interval '1s', merged_from = c.id from customer c
         where c.name = 'Blue' and l.customer_id <> c.id",
        "delete from customer_operation_log",
        "truncate customer_operation_log",
    ] {
        let refused = sqlx::raw_sql(change).execute(&world.db).await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{change}: {refused}");
    }
    assert_eq!(world.sql::<String>(log).await, before);
}

#[tokio::test]
async fn a_merged_customer_is_gone_and_its_name_is_free() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let (acme, blue, cosmos) =
        (json!(ann.create("Acme").await), json!(ann.create("Blue Wave").await), json!(ann.create("Cosmos").await));
    assert_eq!(merge(&admin, &blue, &acme).await, "");
    for (mutation, input) in [
        ("restoreCustomer", json!({"customerId": acme})),
        ("archiveCustomer", json!({"customerId": acme})),
        ("updateCustomer", json!({"customerId": acme, "version": 1, "name": "Other"})),
        ("blacklistCustomer", json!({"customerId": acme, "reason": "no"})),
        ("createContact", json!({"customerId": acme, "name": "Li"})),
    ] {
        assert_eq!(admin.outcome(mutation, input).await, "MERGED", "{mutation}");
    }
    assert_eq!(ann.claim(&acme).await, "MERGED");
    let assigned = json!({"customerIds": [acme], "ownerId": ann.gid()});
    assert_eq!(admin.outcomes("assignCustomers", assigned).await, ["MERGED"]);
    // A second merge of the same customer is refused with the reason, and so is a merge of a customer with itself.
    assert_eq!(merge(&admin, &blue, &blue).await, "INVALID");
    assert_eq!(merge(&admin, &cosmos, &acme).await, "MERGED");
    assert_eq!(merge(&admin, &acme, &cosmos).await, "MERGED");
    assert_eq!(merge(&admin, &acme, &blue).await, "MERGED");
    assert_eq!(merge(&admin, &json!("customer_00000000-0000-0000-0000-000000000000"), &blue).await, "NOT_FOUND");
    assert_eq!(admin.outcome("archiveCustomer", json!({"customerId": cosmos})).await, "");
    assert_eq!(merge(&admin, &cosmos, &blue).await, "ARCHIVED");
    // After the survivor is merged too, both ids refer to the last survivor.
    assert_eq!(admin.outcome("restoreCustomer", json!({"customerId": cosmos})).await, "");
    assert_eq!(merge(&admin, &cosmos, &blue).await, "");
    for id in [&acme, &blue, &cosmos] {
        let read = ann
            .data("query($id: ID!) { customer(id: $id) { name operations { totalCount } } }", json!({"id": id}))
            .await;
        assert_eq!(read["customer"], json!({"name": "Cosmos", "operations": {"totalCount": 7}}));
    }
    ann.create("Acme").await;
    world.assert_sound().await;
}

#[tokio::test]
async fn a_merge_needs_a_superior_of_both_owners_or_the_creator_of_both_pooled_customers() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let (ann, other) = (world.person("Ann", "sales", Some(&boss)).await, world.sales("Other").await);
    let (mark, mary) = (world.person("Mark", "marketing", None).await, world.person("Mary", "marketing", None).await);
    let (acme, blue, strangers) =
        (json!(ann.create("Acme").await), json!(ann.create("Blue Wave").await), json!(other.create("Cosmos").await));
    let (one, two, three) =
        (json!(mark.create("Delta").await), json!(mark.create("Echo").await), json!(mary.create("Fox").await));
    let query = "mutation($one: ID!, $two: ID!) { mergeCustomers(input: {survivorId: $one, mergedId: $two}) { userErrors { code } } }";
    assert_eq!(ann.refused(query, json!({"one": acme, "two": blue})).await, "FORBIDDEN", "their owner may not");
    assert_eq!(merge(&boss, &acme, &strangers).await, "NOT_FOUND");
    assert_eq!(merge(&boss, &strangers, &acme).await, "NOT_FOUND");
    assert_eq!(merge(&boss, &acme, &one).await, "FORBIDDEN", "nobody of the team has it");
    assert_eq!(merge(&mark, &one, &three).await, "FORBIDDEN", "somebody else entered it");
    assert_eq!(archived(&world).await, 0);
    assert_eq!(merge(&boss, &acme, &blue).await, "");
    assert_eq!(merge(&mark, &one, &two).await, "");
    assert_eq!(archived(&world).await, 2);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_user_who_may_not_see_the_survivor_sees_nothing_through_the_old_id() {
    let world = World::new().await;
    let (admin, ann, ben) = (world.admin().await, world.sales("Ann").await, world.sales("Ben").await);
    let (acme, blue) = (json!(ann.create("Acme").await), json!(ben.create("Blue Wave").await));
    let operation = ben
        .data("query($id: ID!) { customer(id: $id) { operations { edges { node { id } } } } }", json!({"id": blue}))
        .await["customer"]["operations"]["edges"][0]["node"]["id"]
        .clone();
    assert_eq!(merge(&admin, &acme, &blue).await, "");
    let query = "query($id: ID!, $operation: ID!) { customer(id: $id) { id } node(id: $id) { id } nodes(ids: [$id, $operation]) { id } of: node(id: $operation) { id ... on CustomerOperation { customer { id } } } }";
    let seen = ben.data(query, json!({"id": blue, "operation": operation})).await;
    // What Ben did himself stays his.
    let his = json!({"id": operation, "customer": null});
    assert_eq!(seen, json!({"customer": null, "node": null, "nodes": [null, {"id": operation}], "of": his}));
    let seen = ann.data(query, json!({"id": blue, "operation": operation})).await;
    assert_eq!([&seen["customer"]["id"], &seen["of"]["id"]], [&acme, &operation]);
    // A payload shows no more than a query does.
    assert_eq!(ben.act("claimCustomer", json!({"customerId": blue}), "customer { id }").await["customer"], json!(null));
}

#[tokio::test]
async fn the_survivor_is_blacklisted_if_either_customer_was() {
    let world = World::new().await;
    let (admin, mark) = (world.admin().await, world.person("Mark", "marketing", None).await);
    let (acme, blue) = (json!(mark.create("Acme").await), json!(mark.create("Blue Wave").await));
    assert_eq!(admin.outcome("blacklistCustomer", json!({"customerId": blue, "reason": "does not pay"})).await, "");
    assert_eq!(merge(&mark, &acme, &blue).await, "");
    let read = admin
        .data(
            "query($id: ID!) { customer(id: $id) { name blacklistReason isPooled } publicPool { totalCount } }",
            json!({"id": blue}),
        )
        .await;
    assert_eq!(read["customer"], json!({"name": "Acme", "blacklistReason": "does not pay", "isPooled": true}));
    assert_eq!(read["publicPool"]["totalCount"], 0);
    world.assert_sound().await;
}

#[tokio::test]
async fn subscribers_get_left_for_the_merged_customer_and_changed_for_the_survivor() {
    let world = World::new().await;
    let (mark, ann) = (world.person("Mark", "marketing", None).await, world.sales("Ann").await);
    let code = "91310000MA1K35X10X";
    let input = json!({"name": "Blue Wave", "source": "WEBSITE", "creditCode": code});
    let goes = mark.act("createCustomer", input, "customer { id }").await["customer"]["id"].clone();
    let stays = json!(mark.create("Acme").await);
    publish_events(&world).await;
    let address = world.listen().await;
    let mut of_all = Watcher::subscribe(address, &ann).await;
    let mut of_code = Watcher::with_filter(address, &ann, json!({"creditCode": {"eq": code}})).await;
    world.advance(TimeDelta::hours(1));
    for _ in 0..2 {
        assert_eq!(merge(&mark, &stays, &goes).await, "");
    }
    world.advance(TimeDelta::hours(1));
    let update = json!({"customerId": stays, "version": 2, "region": "EAST"});
    assert_eq!(mark.outcome("updateCustomer", update).await, "");
    // The credit code moves to the survivor.
    for (watcher, second) in [(&mut of_all, "CHANGED EDITED Acme"), (&mut of_code, "ENTERED FILTER Acme")] {
        let left = watcher.next().await;
        assert_eq!([&left["kind"], &left["customerId"], &left["customer"]], [&json!("LEFT"), &goes, &json!(null)]);
        assert_eq!(watcher.line().await, second);
        assert_eq!(watcher.line().await, "CHANGED EDITED Acme");
    }
    assert_eq!(ann.claim(&stays).await, "");
    for watcher in [&mut of_all, &mut of_code] {
        let left = watcher.next().await;
        assert_eq!([&left["kind"], &left["customerId"]], [&json!("LEFT"), &stays]);
    }
}

#[tokio::test]
async fn the_cause_of_a_pool_entry_is_delivered_even_if_the_customer_was_merged_meanwhile() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let (stays, goes) = (json!(ann.create("Acme").await), json!(ann.create("Blue").await));
    publish_events(&world).await;
    let mut held_up = world.db.begin().await.unwrap();
    sqlx::query("lock table event in exclusive mode").execute(&mut *held_up).await.unwrap();
    world.advance(TimeDelta::hours(1));
    assert_eq!(ann.release(&goes).await, "");
    world.advance(TimeDelta::hours(1));
    assert_eq!(merge(&admin, &stays, &goes).await, "");
    held_up.rollback().await.unwrap();
    publish_events(&world).await;
    let causes = "select string_agg(coalesce(cause, 'none'), ', ' order by position) from event where topic = 'POOL'";
    assert_eq!(world.sql::<String>(causes).await, "MANUAL, none", "it entered, and left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_merges_in_opposite_directions_exactly_one_is_done() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    for round in 0..8 {
        let (one, two) =
            (json!(ann.create(&format!("One {round}")).await), json!(ann.create(&format!("Two {round}")).await));
        ann.contact(&one, "Li", "13812345678", "li@example.com").await;
        ann.contact(&two, "Han", "13812345678", "han@example.com").await;
        world.advance(TimeDelta::seconds(1));
        let race: Vec<_> = (0..6)
            .map(|number| {
                let (admin, one, two) = (admin.clone(), one.clone(), two.clone());
                tokio::spawn(async move {
                    if number % 2 == 0 { merge(&admin, &one, &two).await } else { merge(&admin, &two, &one).await }
                })
            })
            .collect();
        let mut answers = Vec::new();
        for answer in race {
            answers.push(answer.await.unwrap());
        }
        // Repeated requests of the winner succeed; the opposite requests are refused because the customer was merged.
        let done = if answers[0].is_empty() { 0 } else { 1 };
        for (number, answer) in answers.iter().enumerate() {
            assert_eq!(answer, if number % 2 == done { "" } else { "MERGED" }, "{answers:?}");
        }
        let survivor = if done == 0 { &one } else { &two };
        let read =
            ann.data("query($id: ID!) { customer(id: $id) { id contacts { totalCount } } }", json!({"id": one})).await;
        assert_eq!(read["customer"], json!({"id": survivor, "contacts": {"totalCount": 2}}));
    }
    assert_eq!(world.sql::<i64>("select count(*) from customer_operation_log where type = 'MERGE'").await, 8);
    world.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_a_merge_races_a_claim_exactly_one_succeeds() {
    let world = World::new().await;
    let (mark, ann) = (world.person("Mark", "marketing", None).await, world.sales("Ann").await);
    for round in 0..12 {
        let (one, two) =
            (json!(mark.create(&format!("One {round}")).await), json!(mark.create(&format!("Two {round}")).await));
        world.advance(TimeDelta::seconds(1));
        let claim = tokio::spawn({
            let (ann, two) = (ann.clone(), two.clone());
            async move { ann.claim(&two).await }
        });
        let (merged, claimed) = (merge(&mark, &one, &two).await, claim.await.unwrap());
        let read =
            mark.data("query($id: ID!) { customer(id: $id) { id ownerId } }", json!({"id": two})).await["customer"]
                .clone();
        match (merged.as_str(), claimed.as_str()) {
            ("", "MERGED") => assert_eq!(read, json!({"id": one, "ownerId": null})),
            ("FORBIDDEN", "") => assert_eq!(read, json!({"id": two, "ownerId": ann.gid()})),
            other => panic!("{other:?}"),
        }
    }
    world.assert_sound().await;
}
