//! The archive: what is put away is out of lists, counts and the pool, and nobody works on it until it is restored.

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
async fn what_is_archived_is_in_no_list_and_no_count_until_it_is_restored() {
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

    // Whoever could see it still finds it by its id, with its owner and its history.
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
async fn an_owned_customer_is_archived_by_superiors_and_a_pooled_one_by_who_entered_it() {
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
async fn nobody_works_on_what_is_archived() {
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
    // It says what stands in the way, once; and the name is still taken.
    let refused = ann.act("createCustomer", json!({"name": "Blue Wave Ltd", "source": "WEBSITE"}), "__typename").await;
    let said = "A customer with this name exists already. It is archived.";
    assert_eq!([&refused["userErrors"][0]["code"], &refused["userErrors"][0]["message"]], ["DUPLICATE", said]);
    // Its details can be looked up: that changes nothing.
    assert_eq!(boss.outcome("revealContact", json!({"contactId": contact["id"]})).await, "");
    let after: String = world.sql("select string_agg(to_jsonb(c)::text, ' ' order by id) from customer c").await;
    assert_eq!(after, before, "nothing was changed");
    world.assert_sound().await;
}

#[tokio::test]
async fn an_archived_contact_is_in_no_list_and_its_details_find_nothing_until_it_is_restored() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = json!(ann.create("Acme").await);
    let input = json!({"customerId": acme, "name": "Li Lei", "phones": ["13812345678"], "emails": ["li@acme.example"], "isPrimary": true});
    let li = ann.act("createContact", input, "contact { id }").await["contact"]["id"].clone();
    world.advance(TimeDelta::hours(1));
    ann.contact(&acme, "Han Meimei", "555", "han@example.com").await;
    let look = async || {
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
    assert_eq!(look().await, ("Li Lei, Han Meimei | ".to_owned(), [1, 1], [1, 1], there));
    for _ in 0..2 {
        assert_eq!(ann.outcome("archiveContact", json!({"contactId": li})).await, "");
    }
    let since = "2026-03-02T02:00:00.000000Z";
    let away = json!({"isArchived": true, "archivedAt": since, "isPrimary": false, "version": 2});
    assert_eq!(look().await, ("Han Meimei | Li Lei".to_owned(), [0, 0], [0, 0], away));
    let edit = json!({"contactId": li, "version": 2, "title": "CEO"});
    assert_eq!(ann.outcome("updateContact", edit).await, "ARCHIVED");
    for _ in 0..2 {
        assert_eq!(ann.outcome("restoreContact", json!({"contactId": li})).await, "");
    }
    let back = json!({"isArchived": false, "archivedAt": null, "isPrimary": false, "version": 3});
    assert_eq!(look().await, ("Li Lei, Han Meimei | ".to_owned(), [1, 1], [1, 1], back));
}

#[tokio::test]
async fn contacts_are_archived_by_who_may_change_them() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let (ann, ben) = (world.person("Ann", "sales", Some(&boss)).await, world.sales("Ben").await);
    let acme = json!(ann.create("Acme").await);
    let li = ann.contact(&acme, "Li Lei", "13812345678", "li@example.com").await;
    let wish = json!({"contactId": li["id"]});
    for mutation in ["archiveContact", "restoreContact"] {
        assert_eq!(ben.outcome(mutation, wish.clone()).await, "NOT_FOUND", "{mutation}");
        assert_eq!(boss.outcome(mutation, wish.clone()).await, "", "{mutation}");
    }
    assert_eq!(archive(&boss, &acme).await, "");
    for mutation in ["archiveContact", "restoreContact"] {
        assert_eq!(ann.outcome(mutation, wish.clone()).await, "ARCHIVED", "{mutation} where the customer is");
    }
}

#[tokio::test]
async fn a_merge_takes_archived_contacts_along() {
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
async fn the_pool_hears_that_it_left_and_that_it_is_back() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let mut socket = Socket::of(world.listen().await, &ann).await;
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
    // Its protection went on meanwhile; of what is archived nobody hears.
    world.advance(TimeDelta::days(3));
    assert_eq!(next().await, "BECAME_CLAIMABLE PROTECTION_ENDED Acme");
    assert_eq!(restore(&admin, &blue).await, "");
    assert_eq!(next().await, "ENTERED RESTORED Blue Wave");
    assert_eq!(ann.claim(&blue).await, "");
    assert_eq!(next().await, "LEFT - -");
}

#[tokio::test]
async fn a_leavers_archived_customers_come_into_the_pool_unseen() {
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
async fn an_archive_races_claims_and_either_it_wins_or_one_of_them() {
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
