//! The history of edits: every change of a field that users edit is kept by the database, for all who may see the field.

use std::cmp::Reverse;
use std::fmt::Write;

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use crate::support::{Person, Statements, World};

/// The edits of any row, by its id.
const EDITS: &str = "query($id: ID!) { node(id: $id) {
    ... on Customer { customer: edits(first: 100) { edges { node { ...Of } } } }
    ... on Contact { contact: edits(first: 100) { edges { node { ...Of } } } }
    ... on Opportunity { opportunity: edits(first: 100) { edges { node { ...Of } } } }
    ... on Product { product: edits(first: 100) { edges { node { at field before after operator { name } } } } }
    ... on User { user: edits(first: 100) { edges { node { at field before after operator { name } } } } } } }
    fragment Of on CustomerEdit { at field before after mergedFrom operator { name } }";

impl Person {
    /// The edits of a row, the latest first, each as a line; those of one moment by their fields.
    async fn edits_of(&self, id: &Json) -> Vec<String> {
        let read = self.data(EDITS, json!({"id": id})).await;
        let kinds = read["node"].as_object().into_iter().flatten();
        written(kinds.flat_map(|(_, page)| page["edges"].as_array().unwrap()).map(|edge| &edge["node"]))
    }

    async fn edits_of_settings(&self) -> Vec<String> {
        let query = "{ settingsEdits(first: 100, filter: {operatorId: {isNull: false}}) { edges { node { at field before after operator { name } } } } }";
        let read = self.ask(query).await;
        written(read["settingsEdits"]["edges"].as_array().unwrap().iter().map(|edge| &edge["node"]))
    }

    /// The kinds and fields of the edits in the timeline of a customer, in the order of their names.
    async fn edits_in_timeline(&self, customer: &Json) -> String {
        let query =
            "query($id: ID!) { customer(id: $id) { timeline(first: 100, filter: {kind: {eq: EDIT}}) { edges { node {
            kind edit { field contact { name } opportunity { id } } } } } } }";
        let read = self.data(query, json!({"id": customer})).await;
        let edges = read["customer"]["timeline"]["edges"].as_array().cloned().unwrap_or_default();
        let mut fields: Vec<_> = edges
            .iter()
            .map(|edge| {
                let edit = &edge["node"]["edit"];
                let of = match (edit["contact"].is_null(), edit["opportunity"].is_null()) {
                    (false, _) => "contact.",
                    (_, false) => "opportunity.",
                    _ => "",
                };
                format!("{of}{}", edit["field"].as_str().unwrap())
            })
            .collect();
        fields.sort();
        fields.join(" ")
    }
}

fn written<'e>(edits: impl Iterator<Item = &'e Json>) -> Vec<String> {
    let values = |list: &Json| {
        list.as_array().unwrap().iter().map(|value| value.as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" + ")
    };
    let mut lines: Vec<_> = edits
        .map(|edit| {
            let who = edit["operator"]["name"].as_str().unwrap_or("the system");
            let merged = edit["mergedFrom"].as_str().map(|name| format!(", of {name}")).unwrap_or_default();
            let field = edit["field"].as_str().unwrap();
            let line = format!("{field}: {} → {} ({who}{merged})", values(&edit["before"]), values(&edit["after"]));
            (Reverse(edit["at"].as_str().unwrap().to_owned()), line)
        })
        .collect();
    lines.sort();
    lines.into_iter().map(|(_, line)| line).collect()
}

#[tokio::test]
async fn each_edit_of_a_customer_says_who_changed_what() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let rated = |rating: &str| json!({"key": "credit_rating", "value": rating});
    let input = json!({"name": "Acme", "source": "WEBSITE", "extras": [rated("A")]});
    let acme = ann.act("createCustomer", input, "customer { id }").await["customer"]["id"].clone();
    assert_eq!(ann.edits_of(&acme).await, [""; 0], "a creation is no edit");
    let edits = json!([
        {"name": "Acme Ltd", "industry": "RETAIL", "extras": [rated("B"), {"key": "employees", "value": "12.50"}]},
        {"level": "A", "industry": null, "extras": [rated("B"), {"key": "employees", "value": null}]},
        {"name": "Acme Ltd", "sourceDetail": null, "extras": [rated("B")]},
    ]);
    for ((version, edit), person) in (1..).zip(edits.as_array().unwrap()).zip([&ann, &boss, &ann]) {
        world.advance(TimeDelta::minutes(1));
        let mut input = edit.clone();
        (input["customerId"], input["version"]) = (acme.clone(), json!(version));
        assert_eq!(person.outcome("updateCustomer", input).await, "", "{edit}");
    }
    let kept = ann.edits_of(&acme).await;
    insta::assert_snapshot!(kept.join("\n"), @"
    extras.employees: 12.5 →  (Boss)
    industry: RETAIL →  (Boss)
    level:  → A (Boss)
    extras.credit_rating: A → B (Ann)
    extras.employees:  → 12.5 (Ann)
    industry:  → RETAIL (Ann)
    name: Acme → Acme Ltd (Ann)
    ");
    // What moves the customer, and what follows from it, is no edit.
    let talk =
        json!({"customerId": acme, "channel": "PHONE", "content": "hi", "nextContactTime": "2026-03-05T01:00:00Z"});
    assert_eq!(ann.outcome("recordFollowUp", talk).await, "");
    assert_eq!(boss.outcome("blacklistCustomer", json!({"customerId": acme, "reason": "no"})).await, "");
    assert_eq!(boss.outcome("unblacklistCustomer", json!({"customerId": acme})).await, "");
    assert_eq!(boss.outcome("archiveCustomer", json!({"customerId": acme})).await, "");
    assert_eq!(boss.outcome("restoreCustomer", json!({"customerId": acme})).await, "");
    assert_eq!(ann.edits_of(&acme).await, kept);
    let read = "query($id: ID!) { customer(id: $id) { updatedBy { name } } }";
    assert_eq!(ann.data(read, json!({"id": acme})).await["customer"]["updatedBy"]["name"], "Boss");
    // What is written past the program has no user that it knows.
    world.sql::<i64>("with done as (update customer set region = 'EAST' returning 1) select count(*) from done").await;
    assert_eq!(ann.edits_of(&acme).await[0], "region:  → EAST (the system)");
    world.assert_sound().await;
}

#[tokio::test]
async fn edits_are_found_by_field_user_and_time_and_paged() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let acme = json!(ann.create("Acme").await);
    for (version, person) in (1..=6).zip([&ann, &boss].into_iter().cycle()) {
        world.advance(TimeDelta::minutes(1));
        let input = json!({"customerId": acme, "version": version, "sourceDetail": format!("{version}"), "name": format!("Acme {}", version / 3)});
        assert_eq!(person.outcome("updateCustomer", input).await, "");
    }
    let query = "query($id: ID!, $f: CustomerEditFilter, $first: Int, $after: String, $order: CustomerEditOrder) { customer(id: $id) {
        edits(filter: $f, first: $first, after: $after, orderBy: $order) { totalCount pageInfo { endCursor hasNextPage } edges { node { field after } } } } }";
    let found = async |filter: Json| {
        let read = ann.data(query, json!({"id": acme, "f": filter, "first": 100})).await;
        let edges = read["customer"]["edits"]["edges"].as_array().unwrap().clone();
        edges.iter().map(|edge| edge["node"]["after"][0].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(found(json!({"field": {"eq": "sourceDetail"}})).await, "6, 5, 4, 3, 2, 1");
    assert_eq!(found(json!({"field": {"in": ["name", "level"]}})).await, "Acme 2, Acme 1, Acme 0");
    assert_eq!(found(json!({"field": {"eq": "sourceDetail"}, "operatorId": {"eq": boss.gid()}})).await, "6, 4, 2");
    let since = json!({"field": {"eq": "sourceDetail"}, "at": {"gte": "2026-03-02T01:05:00Z"}});
    assert_eq!(found(since).await, "6, 5");
    let (mut after, mut seen) = (Json::Null, Vec::new());
    loop {
        let page = json!({"id": acme, "first": 4, "after": after, "order": "AT_ASC"});
        let read = ann.data(query, page).await["customer"]["edits"].clone();
        assert_eq!(read["totalCount"], 9);
        seen.extend(read["edges"].as_array().unwrap().iter().map(|edge| edge["node"]["after"][0].clone()));
        after = read["pageInfo"]["endCursor"].clone();
        if read["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(seen.len(), 9);
    // Two were edited at the last moment.
    assert!(["6", "Acme 2"].iter().all(|last| seen[7..].contains(&json!(last))), "{seen:?}");
}

/// What somebody sees of the edits of a customer, its contact and its opportunity.
async fn seen_by(person: &Person, customer: &Json, contact: &Json, deal: &Json) -> String {
    let of = [customer, contact, deal];
    let mut lines = Vec::new();
    for (what, id) in ["customer", "contact", "opportunity"].into_iter().zip(of) {
        let edits = person.edits_of(id).await;
        lines.extend(edits.into_iter().map(|edit| format!("  {what}: {edit}\n")));
    }
    format!("{}  timeline: {}\n", lines.concat(), person.edits_in_timeline(customer).await)
}

#[tokio::test]
async fn edits_are_seen_as_what_they_are_of_and_details_are_masked_as_in_the_contact() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let (ann, ben) = (world.person("Ann", "sales", Some(&boss)).await, world.person("Ben", "sales", Some(&boss)).await);
    let mut people = vec![boss.clone(), ann.clone(), ben.clone()];
    for (name, role) in [
        ("Mei", "marketing"),
        ("Sue", "service"),
        ("Fin", "finance"),
        ("Dan", "analyst"),
        ("Hal", "hr"),
        ("Ada", "admin"),
    ] {
        people.push(world.person(name, role, None).await);
    }
    let acme = json!(people[3].create("Acme").await);
    assert_eq!(ann.claim(&acme).await, "");
    let contact = ann.contact(&acme, "Li", "13812345678", "li@example.com").await["id"].clone();
    let deal =
        ann.act("createOpportunity", json!({"customerId": acme}), "opportunity { id }").await["opportunity"]["id"]
            .clone();
    let pump = world.product("PUMP", "10").await;
    ann.order(&acme, &pump, json!({})).await;
    world.advance(TimeDelta::minutes(1));
    let personal = json!([{"key": "wecom_id", "value": "wm_acme"}]);
    let input = json!({"customerId": acme, "version": 1, "region": "EAST", "extras": personal});
    assert_eq!(ann.outcome("updateCustomer", input).await, "");
    let input = json!({"contactId": contact, "version": 1, "title": "CEO", "phones": ["13899990000", "02168881234"], "emails": ["ceo@example.com"], "wechat": "ceo"});
    assert_eq!(ann.outcome("updateContact", input).await, "");
    let input = json!({"opportunityId": deal, "version": 1, "expectedAmount": "9.5", "currency": "CNY"});
    assert_eq!(ann.outcome("updateOpportunity", input).await, "");
    let mut table = String::new();
    for state in ["owned by Ann", "in the pool", "owned by Ben"] {
        for person in &people {
            write!(table, "{state}, {}:\n{}", person.name, seen_by(person, &acme, &contact, &deal).await).unwrap();
        }
        match state {
            "owned by Ann" => assert_eq!(ann.release(&acme).await, ""),
            _ => {
                let input = json!({"customerIds": [acme], "ownerId": ben.gid()});
                boss.outcomes("assignCustomers", input).await;
            }
        }
    }
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn archived_contacts_and_the_primary_one_are_edits() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = json!(ann.create("Acme").await);
    let first = ann.contact(&acme, "Li", "13800000001", "li@example.com").await["id"].clone();
    let second = ann.contact(&acme, "Han", "13800000002", "han@example.com").await["id"].clone();
    for (mutation, input) in [
        ("updateContact", json!({"contactId": first, "version": 1, "isPrimary": true, "decisionRole": "BUYER"})),
        ("updateContact", json!({"contactId": second, "version": 1, "isPrimary": true})),
        ("archiveContact", json!({"contactId": second})),
        ("restoreContact", json!({"contactId": second})),
    ] {
        world.advance(TimeDelta::minutes(1));
        assert_eq!(ann.outcome(mutation, input).await, "", "{mutation}");
    }
    assert_eq!(
        ann.edits_of(&first).await,
        ["isPrimary: true → false (Ann)", "decisionRole:  → BUYER (Ann)", "isPrimary: false → true (Ann)"]
    );
    assert_eq!(
        ann.edits_of(&second).await,
        [
            "isArchived: true → false (Ann)",
            "isArchived: false → true (Ann)",
            "isPrimary: true → false (Ann)",
            "isPrimary: false → true (Ann)"
        ]
    );
    let read = "query($id: ID!) { node(id: $id) { ... on Contact { updatedBy { name } } } }";
    assert_eq!(ann.data(read, json!({"id": second})).await["node"]["updatedBy"]["name"], "Ann");
}

#[tokio::test]
async fn an_import_and_its_undo_are_edits_of_who_does_them_however_many_rows_there_are() {
    let world = World::new().await;
    let (mei, max) = (world.person("Mei", "marketing", None).await, world.admin().await);
    let mut counts = Vec::new();
    for count in [1_i64, 60] {
        let names: Vec<_> = (0..count).map(|row| format!("Company {count} {row} of its kind")).collect();
        for name in &names {
            mei.create(name).await;
        }
        world.advance(TimeDelta::minutes(1));
        let rows: String = names.iter().map(|name| format!("{name},East,20\n")).collect();
        let id = mei.import(format!("Name,Region,Employees\n{rows}").as_bytes()).await;
        let before: i64 = world.sql("select count(*) from edit").await;
        let statements = Statements::listen();
        let done = mei.run_import(&id).await;
        assert_eq!(done["updates"], count, "{done}");
        world.advance(TimeDelta::minutes(1));
        max.undo_import(&id).await;
        let sent = statements.sent();
        drop(statements);
        counts.push(sent.iter().filter(|text| text.contains("customer")).count());
        assert_eq!(world.sql::<i64>("select count(*) from edit").await - before, 4 * count);
    }
    assert_eq!(counts[0], counts[1], "what 60 rows send is what one sends");
    let one: String = world.sql("select 'customer_' || id from customer where name like 'Company 1 %'").await;
    insta::assert_snapshot!(mei.edits_of(&json!(one)).await.join("\n"), @"
    extras.employees: 20 →  (Ada)
    region: EAST →  (Ada)
    extras.employees:  → 20 (Mei)
    region:  → EAST (Mei)
    ");
    // What an import enters is a creation.
    let id = mei.import(b"Name,Employees\nQuite new,7\n").await;
    mei.run_import(&id).await;
    let new: String = world.sql("select 'customer_' || id from customer where name = 'Quite new'").await;
    assert_eq!(mei.edits_of(&json!(new)).await, [""; 0]);
}

#[tokio::test]
async fn the_edits_of_a_merged_customer_stay_readable() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let (ann, bob) = (world.person("Ann", "sales", Some(&boss)).await, world.person("Bob", "sales", Some(&boss)).await);
    let stays = json!(ann.create("Stays").await);
    let input = json!({"name": "Goes", "source": "WEBSITE", "creditCode": "12345678", "extras": [{"key": "employees", "value": "42"}]});
    let goes = bob.act("createCustomer", input, "customer { id }").await["customer"]["id"].clone();
    let contact = bob.contact(&goes, "Han", "13800000003", "han@example.com").await["id"].clone();
    world.advance(TimeDelta::minutes(1));
    assert_eq!(bob.outcome("updateCustomer", json!({"customerId": goes, "version": 1, "region": "EAST"})).await, "");
    assert_eq!(bob.outcome("updateContact", json!({"contactId": contact, "version": 1, "title": "CEO"})).await, "");
    world.advance(TimeDelta::minutes(1));
    assert_eq!(
        ann.outcome("updateCustomer", json!({"customerId": stays, "version": 1, "region": "WEST"})).await,
        "INVALID"
    );
    assert_eq!(ann.outcome("updateCustomer", json!({"customerId": stays, "version": 1, "region": "NORTH"})).await, "");
    world.advance(TimeDelta::minutes(1));
    let input = json!({"survivorId": stays, "mergedId": goes});
    assert_eq!(boss.outcome("mergeCustomers", input).await, "");
    insta::assert_snapshot!(ann.edits_of(&stays).await.join("\n"), @"
    creditCode:  → 12345678 (Boss)
    extras.employees:  → 42 (Boss)
    region:  → NORTH (Ann)
    region:  → EAST (Bob, of Goes)
    ");
    assert_eq!(ann.edits_of(&goes).await, ann.edits_of(&stays).await, "the old id leads to the one that stays");
    assert_eq!(ann.edits_of(&contact).await, ["title:  → CEO (Bob, of Goes)"]);
    assert_eq!(ann.edits_in_timeline(&stays).await, "contact.title creditCode extras.employees region region");
    let read = "query($id: ID!) { customer(id: $id) { updatedBy { name } } }";
    assert_eq!(ann.data(read, json!({"id": stays})).await["customer"]["updatedBy"]["name"], "Boss");
    assert_eq!(bob.edits_of(&contact).await, [""; 0], "it is Ann's customer now");
    world.assert_sound().await;
}

#[tokio::test]
async fn opportunities_keep_their_edits_and_moves_are_none() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let (ann, ben) = (world.person("Ann", "sales", Some(&boss)).await, world.person("Ben", "sales", Some(&boss)).await);
    let (acme, pump) = (json!(ann.create("Acme").await), world.product("PUMP", "10").await);
    let input = json!({"customerId": acme, "expectedAmount": "100", "currency": "CNY"});
    let deal = ann.act("createOpportunity", input, "opportunity { id }").await["opportunity"]["id"].clone();
    let input = json!({"opportunityId": deal, "expectedProductId": pump, "expectedAmount": "250.5", "currency": "USD",
                       "expectedCloseDate": "2026-06-30", "probability": 35});
    for (version, (person, mutation, input)) in (1..).zip([
        (&ann, "updateOpportunity", input),
        (&ann, "moveOpportunity", json!({"opportunityId": deal, "stage": "PROPOSAL"})),
        (&boss, "moveOpportunity", json!({"opportunityId": deal, "stage": "PROPOSAL", "probability": 60})),
        (&ann, "moveOpportunity", json!({"opportunityId": deal, "stage": "LOST", "lostReason": "PRICE"})),
    ]) {
        world.advance(TimeDelta::minutes(1));
        let mut input = input;
        input["version"] = json!(version);
        assert_eq!(person.outcome(mutation, input).await, "", "{mutation}");
    }
    world.advance(TimeDelta::minutes(1));
    assert_eq!(boss.outcome("archiveOpportunity", json!({"opportunityId": deal})).await, "");
    let kept = ann.edits_of(&deal).await.join("\n").replace(pump.as_str().unwrap(), "PUMP");
    insta::assert_snapshot!(kept, @"
    isArchived: false → true (Boss)
    probability: 50 → 60 (Boss)
    expectedAmount: 100.00 + CNY → 250.50 + USD (Ann)
    expectedCloseDate:  → 2026-06-30 (Ann)
    expectedProduct:  → PUMP (Ann)
    probability: 10 → 35 (Ann)
    ");
    let read = "query($id: ID!) { opportunity(id: $id) { updatedBy { name } edits { totalCount } } }";
    assert_eq!(ann.data(read, json!({"id": deal})).await["opportunity"]["updatedBy"]["name"], "Boss");
    // The pool does not show what it was before.
    assert_eq!(ann.release(&acme).await, "");
    let pooled = json!({"opportunity": {"updatedBy": null, "edits": {"totalCount": 0}}});
    assert_eq!(ben.data(read, json!({"id": deal})).await, pooled);
    assert_eq!(ann.edits_of(&deal).await.len(), 6, "it is Ann's");
}

#[tokio::test]
async fn products_keep_their_edits() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let input = json!({"sku": "P-1", "name": "Pump", "unit": "piece", "unitPrice": "10", "currency": "CNY"});
    let pump = admin.act("createProduct", input, "product { id }").await["product"]["id"].clone();
    for input in [
        json!({"productId": pump, "version": 1, "unitPrice": "12.5", "category": "PARTS"}),
        json!({"productId": pump, "version": 2, "isActive": false}),
    ] {
        world.advance(TimeDelta::minutes(1));
        assert_eq!(admin.outcome("updateProduct", input).await, "");
    }
    world.advance(TimeDelta::minutes(1));
    assert_eq!(admin.outcome("archiveProduct", json!({"productId": pump})).await, "");
    insta::assert_snapshot!(ann.edits_of(&pump).await.join("\n"), @"
    isArchived: false → true (Ada)
    isActive: true → false (Ada)
    category:  → PARTS (Ada)
    unitPrice: 10.00 + CNY → 12.50 + CNY (Ada)
    ");
}

#[tokio::test]
async fn edits_of_users_show_those_who_read_names_only_the_names() {
    let world = World::new().await;
    let (hal, ada, boss) =
        (world.person("Hal", "hr", None).await, world.admin().await, world.person("Boss", "manager", None).await);
    let (ann, ben) = (world.person("Ann", "sales", Some(&boss)).await, world.person("Ben", "sales", None).await);
    for (person, mutation, input) in [
        (&ann, "updateUser", json!({"userId": ann.gid(), "phone": "13812345678", "locale": "CHINESE"})),
        (&hal, "updateUser", json!({"userId": ann.gid(), "name": "Anna"})),
        (&ada, "updateUser", json!({"userId": ann.gid(), "email": "anna@example.com"})),
        (&hal, "changeManager", json!({"userId": ann.gid(), "managerId": null})),
        (&hal, "changeManager", json!({"userId": ann.gid(), "managerId": boss.gid()})),
        (&ada, "setRoles", json!({"userId": ann.gid(), "roles": ["sales"]})),
    ] {
        world.advance(TimeDelta::minutes(1));
        assert_eq!(person.outcome(mutation, input).await, "", "{mutation}");
    }
    let id = json!(ann.gid());
    let all = hal.edits_of(&id).await;
    insta::assert_snapshot!(all.join("\n").replace(&boss.gid(), "BOSS"), @"
    manager:  → BOSS (Hal)
    manager: BOSS →  (Hal)
    email: ann@example.com → anna@example.com (Ada)
    name: Ann → Anna (Hal)
    locale:  → CHINESE (Anna)
    phone:  → 13812345678 (Anna)
    ");
    assert_eq!(boss.edits_of(&id).await, all, "a superior");
    assert_eq!(ann.edits_of(&id).await, all, "oneself");
    assert_eq!(ben.edits_of(&id).await, ["name: Ann → Anna (Hal)"], "names only");
    let read = "query($id: ID!) { user(id: $id) { updatedBy { name } } }";
    assert_eq!(boss.data(read, json!({"id": id})).await["user"]["updatedBy"]["name"], "Hal");
    assert_eq!(ben.data(read, json!({"id": id})).await["user"]["updatedBy"], Json::Null);
    // Passwords are in no edit.
    let before: i64 = world.sql("select count(*) from edit").await;
    world
        .sql::<i64>("with set as (update app_user set password_hash = 'secret' returning 1) select count(*) from set")
        .await;
    assert_eq!(world.sql::<i64>("select count(*) from edit").await, before);
}

#[tokio::test]
async fn edits_of_settings_are_written_as_the_settings_are() {
    let world = World::new().await;
    let (admin, ann, idle) =
        (world.admin().await, world.sales("Ann").await, world.person_with("Idle", &[], None).await);
    for input in [
        json!({"protectionPeriod": "P1DT12H", "maxClaimsPerDay": 40, "notice": "PT90M"}),
        json!({"weeklyDaysOff": ["SUNDAY"], "claimOpens": "08:30", "currencies": ["USD", "CNY"], "sellersRecordPayments": false}),
        json!({"claimOpens": null, "protectionPeriod": "PT0S"}),
    ] {
        world.advance(TimeDelta::minutes(1));
        assert_eq!(admin.outcome("updateSettings", input).await, "");
    }
    insta::assert_snapshot!(ann.edits_of_settings().await.join("\n"), @"
    claimOpens: 08:30 →  (Ada)
    protectionPeriod: P1DT12H → PT0S (Ada)
    claimOpens:  → 08:30 (Ada)
    currencies: CNY + USD + EUR + GBP + HKD + JPY → USD + CNY (Ada)
    sellersRecordPayments: true → false (Ada)
    weeklyDaysOff: SATURDAY + SUNDAY → SUNDAY (Ada)
    maxClaimsPerDay:  → 40 (Ada)
    notice: PT0S → PT1H30M (Ada)
    protectionPeriod: P3D → P1DT12H (Ada)
    ");
    assert_eq!(idle.edits_of_settings().await, [""; 0]);
}
