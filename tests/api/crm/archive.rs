//! The archive: an archived row is in no list, no count and no pool, and cannot be changed until it is restored.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use crate::support::socket::Socket;
use crate::support::{Person, World};

async fn archive(person: &Person, customer: &Json) -> String {
    person.outcome("archiveCustomer", json!({"customerId": customer, "remark": "closed down"})).await
}

async fn restore(person: &Person, customer: &Json) -> String {
    person.outcome("restoreCustomer", json!({"customerId": customer})).await
}

#[tokio::test]
async fn an_archived_customer_is_in_no_list_and_no_count_until_it_is_restored() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let acme = json!(ann.create("Acme").await);
    ann.create("Blue Wave").await;
    let counts = async || {
        let query = "{ all: customers { totalCount } found: customers(search: \"acme\") { totalCount }
            only: customers(filter: {isArchived: {eq: true}}) { totalCount edges { node { name } } }
            both: customers(filter: {or: [{isArchived: {eq: true}}, {isArchived: {eq: false}}]}) { totalCount }
            without: customers(filter: {not: {isArchived: {eq: true}}}) { totalCount }
            viewer { claimQuota { owned } } }";
        let seen = ann.ask(query).await;
        let lists = ["all", "found", "only", "both", "without"].map(|list| seen[list]["totalCount"].as_i64().unwrap());
        (lists, seen["viewer"]["claimQuota"]["owned"].as_i64().unwrap())
    };
    assert_eq!(counts().await, ([2, 1, 0, 2, 2], 2));
    world.advance(TimeDelta::hours(1));
    for _ in 0..2 {
        assert_eq!(archive(&boss, &acme).await, "");
    }
    assert_eq!(counts().await, ([1, 0, 1, 2, 1], 1));

    // Users who could see the customer still find it by its id, with its owner and its history.
    let query = "query($id: ID!) { customer(id: $id) { isArchived archivedAt ownedSince owner { name } operations { edges { node { type remark operator { name } } } } } node(id: $id) { id } }";
    let seen = ann.data(query, json!({"id": acme})).await;
    assert_eq!(seen["node"]["id"], acme);
    let customer = json!({
        "isArchived": true,
        "archivedAt": "2026-03-02T02:00:00.000000Z",
        "ownedSince": "2026-03-02T01:00:00.000000Z",
        "owner": {"name": "Ann"},
        "operations": {"edges": [
            {"node": {"type": "ARCHIVE", "remark": "closed down", "operator": {"name": "Boss"}}},
            {"node": {"type": "CREATE", "remark": null, "operator": {"name": "Ann"}}},
        ]},
    });
    assert_eq!(seen["customer"], customer);

    world.advance(TimeDelta::hours(1));
    for _ in 0..2 {
        assert_eq!(restore(&boss, &acme).await, "");
    }
    assert_eq!(counts().await, ([2, 1, 0, 2, 2], 2));
    let seen = ann.data(query, json!({"id": acme})).await["customer"].clone();
    assert_eq!([&seen["isArchived"], &seen["archivedAt"]], [&json!(false), &json!(null)]);
    assert_eq!(seen["ownedSince"], customer["ownedSince"], "it is the same ownership");
    assert_eq!(
        world.sql::<i64>("select count(*) from customer_operation_log").await,
        4,
        "what was done is logged once"
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn superiors_archive_owned_customers_and_the_creator_archives_a_pooled_one() {
    let world = World::new().await;
    let (admin, boss) = (world.admin().await, world.person("Boss", "manager", None).await);
    let (ann, other) = (world.person("Ann", "sales", Some(&boss)).await, world.person("Other", "manager", None).await);
    let mark = world.person("Mark", "marketing", None).await;
    let mary = world.person("Mary", "marketing", None).await;
    let (owned, pooled) = (json!(ann.create("Acme").await), json!(mark.create("Blue Wave").await));
    let forbidden = "mutation($id: ID!) { archiveCustomer(input: {customerId: $id}) { userErrors { code } } }";
    assert_eq!(ann.refused(forbidden, json!({"id": owned})).await, "FORBIDDEN", "not by its owner");
    assert_eq!(archive(&other, &owned).await, "NOT_FOUND");
    assert_eq!(archive(&other, &pooled).await, "FORBIDDEN", "it is nobody's of the team");
    assert_eq!(archive(&mary, &pooled).await, "FORBIDDEN", "somebody else entered it");
    assert_eq!(archive(&mark, &pooled).await, "");
    assert_eq!(restore(&mary, &pooled).await, "FORBIDDEN");
    assert_eq!(restore(&mark, &pooled).await, "");
    assert_eq!(ann.claim(&pooled).await, "");
    assert_eq!(archive(&mark, &pooled).await, "FORBIDDEN", "it has an owner now");
    assert_eq!(archive(&admin, &pooled).await, "");
    world.assert_sound().await;
}

#[tokio::test]
async fn an_archived_customer_refuses_every_change() {
    let world = World::new().await;
    let (admin, boss) = (world.admin().await, world.person("Boss", "manager", None).await);
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let (owned, pooled) = (json!(ann.create("Acme").await), world.pooled("Blue Wave").await);
    let blocked = world.pooled("Cosmos").await;
    let contact = ann.contact(&owned, "Li Lei", "13812345678", "li@example.com").await;
    assert_eq!(boss.outcome("blacklistCustomer", json!({"customerId": blocked, "reason": "no"})).await, "");
    for customer in [&owned, &pooled, &blocked] {
        assert_eq!(archive(&admin, customer).await, "");
    }
    let before: String = world.sql("select string_agg(to_jsonb(c)::text, ' ' order by id) from customer c").await;
    assert_eq!(ann.claim(&pooled).await, "ARCHIVED");
    let claimability = "query($id: ID!) { customer(id: $id) { claimability { claimable claimableAt reasons } } }";
    let said = ann.data(claimability, json!({"id": pooled})).await;
    let expected = json!({"claimable": false, "claimableAt": null, "reasons": ["ARCHIVED"]});
    assert_eq!(said["customer"]["claimability"], expected);
    let assigned = json!({"customerIds": [pooled, blocked], "ownerId": ann.gid()});
    assert_eq!(boss.outcomes("assignCustomers", assigned).await, ["ARCHIVED", "ARCHIVED"]);
    for (person, mutation, input) in [
        (&ann, "releaseCustomer", json!({"customerId": owned})),
        (&boss, "releaseCustomer", json!({"customerId": owned})),
        (&boss, "blacklistCustomer", json!({"customerId": pooled, "reason": "no"})),
        (&boss, "unblacklistCustomer", json!({"customerId": blocked})),
        (&ann, "updateCustomer", json!({"customerId": owned, "version": 1, "name": "Other"})),
        (&ann, "createContact", json!({"customerId": owned, "name": "Han Meimei"})),
        (&ann, "updateContact", json!({"contactId": contact["id"], "version": 1, "name": "Han Meimei"})),
    ] {
        assert_eq!(person.outcome(mutation, input).await, "ARCHIVED", "{mutation}");
    }
    // The refusal names one reason; and the name is still taken.
    let refused = ann.act("createCustomer", json!({"name": "Blue Wave Ltd", "source": "WEBSITE"}), "__typename").await;
    let said = "A customer with this name already exists. It is archived.";
    assert_eq!([&refused["userErrors"][0]["code"], &refused["userErrors"][0]["message"]], ["DUPLICATE", said]);
    // Its contact details can be revealed, because that changes nothing.
    assert_eq!(boss.outcome("revealContact", json!({"contactId": contact["id"]})).await, "");
    let after: String = world.sql("select string_agg(to_jsonb(c)::text, ' ' order by id) from customer c").await;
    assert_eq!(after, before, "nothing was changed");
    world.assert_sound().await;
}

#[tokio::test]
async fn opportunities_of_an_archived_customer_cannot_change_but_its_orders_can_advance() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let (acme, pump) = (json!(ann.create("Acme").await), world.product("PUMP", "100").await);
    let (deal, sold) = (ann.opportunity(&acme, "100").await, ann.opportunity(&acme, "7").await);
    let unpaid = ann.order(&acme, &pump, json!({})).await;
    let won = json!({"opportunityId": sold, "closeOpportunity": true});
    let under_way = ann.order(&acme, &pump, won).await;
    let live = async || {
        let query = "query($id: ID!) { opportunity(id: $id) { isLive } opportunities(filter: {isLive: {eq: true}}) { totalCount } }";
        let seen = ann.data(query, json!({"id": deal})).await;
        (seen["opportunity"]["isLive"].clone(), seen["opportunities"]["totalCount"].clone())
    };
    assert_eq!(live().await, (json!(true), json!(1)));
    world.advance(TimeDelta::hours(1));
    assert_eq!(archive(&boss, &acme).await, "");
    assert_eq!(live().await, (json!(false), json!(0)));
    let lines = json!([{"productId": pump, "quantity": "2"}]);
    let changes = [
        ("updateOpportunity", json!({"opportunityId": deal, "version": 1, "probability": 1})),
        ("moveOpportunity", json!({"opportunityId": deal, "version": 1, "stage": "WON"})),
        ("adoptOpportunity", json!({"opportunityId": deal, "version": 1})),
        ("archiveOpportunity", json!({"opportunityId": deal})),
        ("restoreOpportunity", json!({"opportunityId": deal})),
        ("updateOrder", json!({"orderId": unpaid, "version": 1, "lines": lines})),
    ];
    for (mutation, input) in &changes {
        assert_eq!(ann.outcome(mutation, input.clone()).await, "ARCHIVED", "{mutation}");
    }
    let remark = json!({"orderId": unpaid, "version": 1, "remark": "They moved."});
    assert_eq!(ann.outcome("updateOrder", remark).await, "");
    assert_eq!(ann.advance(&unpaid, 2, "PAY").await, "");
    let called_off = json!({"orderId": under_way, "version": 1, "action": "CANCEL",
                            "opportunity": {"outcome": "LOST", "lostReason": "OTHER"}});
    assert_eq!(ann.outcome("advanceOrder", called_off).await, "");
    assert_eq!(restore(&boss, &acme).await, "");
    assert_eq!(live().await, (json!(true), json!(1)));
    assert_eq!(ann.outcome(changes[0].0, changes[0].1.clone()).await, "");
}

#[tokio::test]
async fn an_archived_contact_is_in_no_list_and_not_found_by_its_details_until_it_is_restored() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = json!(ann.create("Acme").await);
    let input = json!({"customerId": acme, "name": "Li Lei", "phones": ["13812345678"], "emails": ["li@acme.example"], "isPrimary": true});
    let li = ann.act("createContact", input, "contact { id }").await["contact"]["id"].clone();
    world.advance(TimeDelta::hours(1));
    ann.contact(&acme, "Han Meimei", "555 0100", "han@example.com").await;
    let read_state = async || {
        let query = "query($id: ID!, $contact: ID!) {
            customer(id: $id) {
                contacts { totalCount edges { node { name } } }
                archived: contacts(filter: {isArchived: {eq: true}}) { edges { node { name } } }
            }
            byPhone: customers(filter: {contactPhone: \"13812345678\"}) { totalCount }
            byEmail: customers(filter: {contactEmail: \"li@acme.example\"}) { totalCount }
            samePhone: checkDuplicate(phone: \"138 1234 5678\") { matches { status } }
            sameDomain: checkDuplicate(email: \"wang@acme.example\") { matches { status } }
            node(id: $contact) { ... on Contact { isArchived archivedAt isPrimary version } } }";
        let seen = ann.data(query, json!({"id": acme, "contact": li})).await;
        let names = |list: &str| {
            let edges = seen["customer"][list]["edges"].as_array().unwrap().iter();
            edges.map(|edge| edge["node"]["name"].as_str().unwrap()).collect::<Vec<_>>().join(", ")
        };
        let found = ["byPhone", "byEmail"].map(|by| seen[by]["totalCount"].as_i64().unwrap());
        let same = ["samePhone", "sameDomain"].map(|by| seen[by]["matches"].as_array().unwrap().len());
        assert_eq!(seen["customer"]["contacts"]["totalCount"], names("contacts").split(", ").count());
        (format!("{} | {}", names("contacts"), names("archived")), found, same, seen["node"].clone())
    };
    let there = json!({"isArchived": false, "archivedAt": null, "isPrimary": true, "version": 1});
    assert_eq!(read_state().await, ("Li Lei, Han Meimei | ".to_owned(), [1, 1], [1, 1], there));
    for _ in 0..2 {
        assert_eq!(ann.outcome("archiveContact", json!({"contactId": li})).await, "");
    }
    let since = "2026-03-02T02:00:00.000000Z";
    let away = json!({"isArchived": true, "archivedAt": since, "isPrimary": false, "version": 2});
    assert_eq!(read_state().await, ("Han Meimei | Li Lei".to_owned(), [0, 0], [0, 0], away));
    let edit = json!({"contactId": li, "version": 2, "title": "CEO"});
    assert_eq!(ann.outcome("updateContact", edit).await, "ARCHIVED");
    for _ in 0..2 {
        assert_eq!(ann.outcome("restoreContact", json!({"contactId": li})).await, "");
    }
    let back = json!({"isArchived": false, "archivedAt": null, "isPrimary": false, "version": 3});
    assert_eq!(read_state().await, ("Li Lei, Han Meimei | ".to_owned(), [1, 1], [1, 1], back));
}

#[tokio::test]
async fn users_who_may_edit_a_contact_may_archive_it() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let (ann, ben) = (world.person("Ann", "sales", Some(&boss)).await, world.sales("Ben").await);
    let acme = json!(ann.create("Acme").await);
    let li = ann.contact(&acme, "Li Lei", "13812345678", "li@example.com").await;
    let target = json!({"contactId": li["id"]});
    for mutation in ["archiveContact", "restoreContact"] {
        assert_eq!(ben.outcome(mutation, target.clone()).await, "NOT_FOUND", "{mutation}");
        assert_eq!(boss.outcome(mutation, target.clone()).await, "", "{mutation}");
    }
    assert_eq!(archive(&boss, &acme).await, "");
    for mutation in ["archiveContact", "restoreContact"] {
        assert_eq!(ann.outcome(mutation, target.clone()).await, "ARCHIVED", "{mutation} where the customer is");
    }
}

#[tokio::test]
async fn an_archived_opportunity_is_in_no_list_count_or_rule_but_stays_in_the_history() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let (ann, ben) = (world.person("Ann", "sales", Some(&boss)).await, world.sales("Ben").await);
    let (admin, hr) = (world.admin().await, world.person("Hedy", "hr", None).await);
    let (acme, pump) = (json!(ann.create("Acme").await), world.product("PUMP", "100").await);
    let pooled = world.pooled("Blue").await;
    let (deal, other) = (ann.opportunity(&acme, "100").await, ann.opportunity(&acme, "7").await);
    world.advance(TimeDelta::hours(1));
    assert_eq!(ann.move_to(&deal, 1, "PROPOSAL").await, "");
    let count = async |rule: &str| {
        let query = "query($rule: String!) { previewPoolRule(condition: $rule) { matched } }";
        admin.data(query, json!({"rule": rule})).await["previewPoolRule"]["matched"].clone()
    };
    let read_state = async || {
        let query = "query($id: ID!, $deal: ID!) {
            opportunities { totalCount } archived: opportunities(filter: {isArchived: {eq: true}}) { edges { node { id } } }
            live: opportunities(filter: {isLive: {eq: true}}) { totalCount }
            customer(id: $id) { opportunities { totalCount } timeline(filter: {kind: {eq: STAGE}}) { totalCount } }
            opportunity(id: $deal) { isArchived isLive version history { validFrom } } }";
        let seen = ann.data(query, json!({"id": acme, "deal": deal})).await;
        let counts =
            [&seen["opportunities"], &seen["live"], &seen["customer"]["opportunities"], &seen["customer"]["timeline"]];
        let counts = counts.map(|list| list["totalCount"].as_i64().unwrap());
        assert_eq!(seen["opportunity"]["history"].as_array().unwrap().len(), 2, "it is no version");
        assert_eq!(
            seen["opportunity"]["isArchived"],
            json!(seen["archived"]["edges"] == json!([{"node": {"id": deal}}]))
        );
        let of_boss = "query($ids: [ID!]!) { suggestOwners(customerIds: $ids) { suggestions { reasons { liveOpportunities } } } }";
        let suggested = boss.data(of_boss, json!({"ids": [pooled]})).await;
        let load = suggested["suggestOwners"][0]["suggestions"][0]["reasons"]["liveOpportunities"].as_i64().unwrap();
        let of_hr = "query($id: ID!) { previewDeparture(userId: $id) { openOpportunities } }";
        let left =
            hr.data(of_hr, json!({"id": ann.gid()})).await["previewDeparture"]["openOpportunities"].as_i64().unwrap();
        let rules = [count("open_opportunities == 2").await, count("expected_amount[\"CNY\"] == 107").await];
        (counts, [load, left], rules, json!([seen["opportunity"]["isLive"], seen["opportunity"]["version"]]))
    };
    let there = |version: i32| ([2, 2, 2, 3], [2, 2], [json!(1), json!(1)], json!([true, version]));
    assert_eq!(read_state().await, there(2));
    let target = json!({"opportunityId": deal});
    for mutation in ["archiveOpportunity", "restoreOpportunity"] {
        assert_eq!(ben.outcome(mutation, target.clone()).await, "NOT_FOUND", "{mutation}");
    }
    for person in [&ann, &boss] {
        assert_eq!(person.outcome("archiveOpportunity", target.clone()).await, "", "twice is once");
    }
    assert_eq!(read_state().await, ([1, 1, 1, 3], [1, 1], [json!(0), json!(0)], json!([false, 3])));
    let lines = json!([{"productId": pump, "quantity": "1"}]);
    for (mutation, input) in [
        ("moveOpportunity", json!({"opportunityId": deal, "version": 3, "stage": "WON"})),
        ("updateOpportunity", json!({"opportunityId": deal, "version": 3, "probability": 1})),
        ("adoptOpportunity", json!({"opportunityId": deal, "version": 3})),
        ("recordFollowUp", json!({"customerId": acme, "opportunityId": deal, "channel": "PHONE", "content": "x"})),
        ("createOrder", json!({"customerId": acme, "opportunityId": deal, "lines": lines})),
        ("createOrder", json!({"customerId": acme, "opportunityId": deal, "lines": lines, "closeOpportunity": true})),
    ] {
        assert_eq!(ann.outcome(mutation, input).await, "ARCHIVED", "{mutation}");
    }
    // In a departure, its customer is in the group of customers without opportunities.
    let group = async || {
        let query = "query($id: ID!) { previewDeparture(userId: $id) { customers { group count } } }";
        let groups = hr.data(query, json!({"id": ann.gid()})).await["previewDeparture"]["customers"].clone();
        let group = groups.as_array().unwrap().iter().find(|group| group["count"] == 1).unwrap();
        group["group"].clone()
    };
    assert_eq!(group().await, "LIVE_OPPORTUNITIES");
    assert_eq!(ann.outcome("archiveOpportunity", json!({"opportunityId": other})).await, "");
    assert_eq!(group().await, "REST");
    for id in [&other, &deal, &deal] {
        assert_eq!(ann.outcome("restoreOpportunity", json!({"opportunityId": id})).await, "");
    }
    assert_eq!(read_state().await, there(4));
    assert_eq!(ann.move_to(&deal, 4, "WON").await, "");
    // The last order can only end with KEEP_WON, because an archived opportunity cannot change.
    let order = ann.order(&acme, &pump, json!({"opportunityId": deal})).await;
    assert_eq!(ann.outcome("archiveOpportunity", target).await, "");
    for (outcome, code) in [("REOPEN", "ARCHIVED"), ("VOID", "ARCHIVED"), ("KEEP_WON", "")] {
        let input = json!({"orderId": order, "version": 1, "action": "CANCEL", "opportunity": {"outcome": outcome}});
        assert_eq!(ann.outcome("advanceOrder", input).await, code, "{outcome}");
    }
    world.assert_sound().await;
}

#[tokio::test]
async fn an_archived_product_stays_on_existing_records_and_cannot_be_added_to_others() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let acme = json!(ann.create("Acme").await);
    let (pump, valve) = (world.product("PUMP", "100").await, world.product("VALVE", "7").await);
    let expects = json!({"customerId": acme, "expectedProductId": pump});
    let deal = ann.act("createOpportunity", expects.clone(), "opportunity { id }").await["opportunity"]["id"].clone();
    let (order, other) = (ann.order(&acme, &pump, json!({})).await, ann.order(&acme, &valve, json!({})).await);
    let target = json!({"productId": pump});
    for mutation in ["archiveProduct", "restoreProduct"] {
        let query = format!(
            "mutation($input: {}Input!) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}",
            mutation.replace("archiveP", "ArchiveP").replace("restoreP", "RestoreP")
        );
        assert_eq!(ann.refused(&query, json!({"input": target})).await, "FORBIDDEN", "{mutation}");
        let unknown = json!({"productId": "product_00000000-0000-0000-0000-000000000000"});
        assert_eq!(admin.outcome(mutation, unknown).await, "NOT_FOUND", "{mutation}");
    }
    let read_state = async || {
        let query = "query($id: ID!, $deal: ID!, $order: ID!) {
            products { edges { node { sku } } } archived: products(filter: {isArchived: {eq: true}}) { edges { node { sku } } }
            product(id: $id) { isArchived version }
            opportunity(id: $deal) { expectedProduct { sku } } order(id: $order) { lines { product { sku } } } }";
        let seen = ann.data(query, json!({"id": pump, "deal": deal, "order": order})).await;
        assert_eq!(seen["opportunity"]["expectedProduct"]["sku"], "PUMP");
        assert_eq!(seen["order"]["lines"][0]["product"]["sku"], "PUMP");
        let skus = |list: &str| {
            let edges = seen[list]["edges"].as_array().unwrap().iter();
            edges.map(|edge| edge["node"]["sku"].as_str().unwrap()).collect::<Vec<_>>().join(", ")
        };
        (format!("{} | {}", skus("products"), skus("archived")), seen["product"].clone())
    };
    assert_eq!(read_state().await, ("PUMP, VALVE | ".to_owned(), json!({"isArchived": false, "version": 1})));
    for _ in 0..2 {
        assert_eq!(admin.outcome("archiveProduct", target.clone()).await, "");
    }
    assert_eq!(read_state().await, ("VALVE | PUMP".to_owned(), json!({"isArchived": true, "version": 2})));
    let line = |product: &Json| json!([{"productId": product, "quantity": "2"}]);
    let edit = json!({"productId": pump, "version": 2, "unitPrice": "1"});
    assert_eq!(admin.outcome("updateProduct", edit.clone()).await, "ARCHIVED");
    for (mutation, input, code) in [
        ("createOpportunity", expects, "ARCHIVED"),
        ("createOrder", json!({"customerId": acme, "lines": line(&pump)}), "ARCHIVED"),
        ("updateOrder", json!({"orderId": other, "version": 1, "lines": line(&pump)}), "ARCHIVED"),
        // Records that have the product may keep it.
        ("updateOrder", json!({"orderId": order, "version": 1, "lines": line(&pump)}), ""),
        ("updateOpportunity", json!({"opportunityId": deal, "version": 1, "probability": 50}), ""),
        ("updateOpportunity", json!({"opportunityId": deal, "version": 2, "expectedProductId": pump}), ""),
    ] {
        assert_eq!(ann.outcome(mutation, input.clone()).await, code, "{mutation} {input}");
    }
    for _ in 0..2 {
        assert_eq!(admin.outcome("restoreProduct", target.clone()).await, "");
    }
    assert_eq!(read_state().await, ("PUMP, VALVE | ".to_owned(), json!({"isArchived": false, "version": 3})));
    let again = json!({"orderId": other, "version": 1, "lines": line(&pump)});
    assert_eq!(ann.outcome("updateOrder", again).await, "");
}

#[tokio::test]
async fn a_merge_moves_archived_contacts_too() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let (acme, blue) = (json!(ann.create("Acme").await), json!(ann.create("Blue Wave").await));
    let li = ann.contact(&blue, "Li Lei", "13812345678", "li@example.com").await["id"].clone();
    assert_eq!(ann.outcome("archiveContact", json!({"contactId": li})).await, "");
    assert_eq!(admin.outcome("mergeCustomers", json!({"survivorId": acme, "mergedId": blue})).await, "");
    assert_eq!(ann.outcome("restoreContact", json!({"contactId": li})).await, "");
    let query = "query($id: ID!) { customer(id: $id) { contacts { edges { node { name } } } } }";
    let contacts = ann.data(query, json!({"id": acme})).await["customer"]["contacts"]["edges"].clone();
    assert_eq!(contacts, json!([{"node": {"name": "Li Lei"}}]));
}

#[tokio::test]
async fn archiving_and_restoring_a_pooled_customer_are_events_of_the_pool() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let mut socket = Socket::connect(world.listen().await, &ann).await;
    socket.begin("subscription { poolChanged { kind cause customer { name } } }", json!({})).await;
    socket.settle().await;
    let mut next = async || {
        let event = socket.next().await["poolChanged"].clone();
        let word = |json: &Json| json.as_str().unwrap_or("-").to_owned();
        format!("{} {} {}", word(&event["kind"]), word(&event["cause"]), word(&event["customer"]["name"]))
    };
    let (acme, blue) = (json!(ann.create("Acme").await), json!(ann.create("Blue Wave").await));
    world.advance(TimeDelta::hours(1));
    for (customer, entered) in [(&acme, "ENTERED MANUAL Acme"), (&blue, "ENTERED MANUAL Blue Wave")] {
        assert_eq!(ann.release(customer).await, "");
        assert_eq!(next().await, entered);
    }
    world.advance(TimeDelta::hours(1));
    for customer in [&acme, &blue] {
        assert_eq!(archive(&admin, customer).await, "");
        assert_eq!(next().await, "LEFT - -");
    }
    assert_eq!(ann.ask("{ publicPool { totalCount } }").await["publicPool"]["totalCount"], 0);
    world.advance(TimeDelta::hours(1));
    assert_eq!(restore(&admin, &acme).await, "");
    assert_eq!(next().await, "ENTERED RESTORED Acme");
    // Its protection continued meanwhile; an archived customer causes no event.
    world.advance(TimeDelta::days(3));
    assert_eq!(next().await, "BECAME_CLAIMABLE PROTECTION_ENDED Acme");
    assert_eq!(restore(&admin, &blue).await, "");
    assert_eq!(next().await, "ENTERED RESTORED Blue Wave");
    assert_eq!(ann.claim(&blue).await, "");
    assert_eq!(next().await, "LEFT - -");
}

#[tokio::test]
async fn archived_customers_of_a_departed_user_are_hidden_from_the_pool_until_restored() {
    let world = World::new().await;
    let (admin, hr) = (world.admin().await, world.person("Hana", "hr", None).await);
    let (ann, ben) = (world.sales("Ann").await, world.sales("Ben").await);
    let acme = json!(ann.create("Acme").await);
    assert_eq!(archive(&admin, &acme).await, "");
    world.advance(TimeDelta::hours(1));
    assert_eq!(hr.outcome("departUser", json!({"userId": ann.gid()})).await, "");
    assert_eq!(ben.ask("{ publicPool { totalCount } }").await["publicPool"]["totalCount"], 0);
    assert_eq!(restore(&admin, &acme).await, "");
    world.advance(TimeDelta::days(3));
    assert_eq!(ben.claim(&acme).await, "");
    world.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_an_archive_races_claims_exactly_one_succeeds() {
    let world = World::new().await;
    let mark = world.person("Mark", "marketing", None).await;
    let mut reps = Vec::new();
    for number in 0..4 {
        reps.push(world.sales(&format!("Rep{number}")).await);
    }
    let mut archived = 0;
    for round in 0..12 {
        let customer = json!(mark.create(&format!("Company {round}")).await);
        world.advance(TimeDelta::seconds(1));
        let claims: Vec<_> = (0..4)
            .map(|number| {
                let (rep, customer) = (reps[number].clone(), customer.clone());
                tokio::spawn(async move { rep.claim(&customer).await })
            })
            .collect();
        let outcome = archive(&mark, &customer).await;
        let mut answers = Vec::new();
        for claim in claims {
            answers.push(claim.await.unwrap());
        }
        let won = answers.iter().filter(|answer| answer.is_empty()).count();
        let refused = if outcome.is_empty() { "ARCHIVED" } else { "ALREADY_OWNED" };
        assert_eq!(won, usize::from(!outcome.is_empty()), "{outcome} {answers:?}");
        assert!(answers.iter().all(|answer| answer.is_empty() || answer == refused), "{outcome} {answers:?}");
        assert!(["", "FORBIDDEN"].contains(&outcome.as_str()), "{outcome}");
        archived += usize::from(outcome.is_empty());
    }
    assert_eq!(world.sql::<i64>("select count(*) from customer where archived_at is not null").await, archived as i64);
    world.assert_sound().await;
}
