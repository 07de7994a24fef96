//! Customers are entered together with their contacts, and those who entered them see what became of them.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use crate::support::{Person, World};

const CONTACTS: &str = "customer { id contacts { edges { node { name phones emails isPrimary } } } }";

fn wu() -> Json {
    json!({"name": "Wu", "title": "Head of purchasing", "phones": ["13800138000"], "isPrimary": true})
}

#[tokio::test]
async fn a_customer_is_created_with_its_contacts() {
    let world = World::new().await;
    let (ann, mark) = (world.sales("Ann").await, world.person("Mark", "marketing", None).await);
    for (person, name) in [(&ann, "Acme"), (&mark, "Boreal")] {
        let input = json!({
            "name": name, "source": "EXHIBITION", "idempotencyKey": "k",
            "contacts": [wu(), {"name": "Li", "emails": ["li@example.com"]}],
        });
        let payload = person.act("createCustomer", input.clone(), CONTACTS).await;
        assert_eq!(payload["userErrors"], json!([]), "{name}");
        let contacts = payload["customer"]["contacts"]["edges"].as_array().unwrap();
        let mut seen: Vec<_> = contacts.iter().map(|edge| edge["node"].clone()).collect();
        seen.sort_by_key(|contact| contact["name"].as_str().unwrap().to_owned());
        let wanted = json!([
            {"name": "Li", "phones": [], "emails": ["li@example.com"], "isPrimary": false},
            {"name": "Wu", "phones": ["13800138000"], "emails": [], "isPrimary": true},
        ]);
        assert_eq!(json!(seen), wanted, "{name}");
        let again = person.act("createCustomer", input, CONTACTS).await;
        assert_eq!(again["customer"]["id"], payload["customer"]["id"], "{name}");
    }
    assert_eq!(world.sql::<i64>("select count(*) from contact").await, 4);
}

#[tokio::test]
async fn a_customer_with_a_wrong_contact_is_not_created() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let refused = async |person: &Person, contacts: Json| {
        let input = json!({"name": "", "source": "WEBSITE", "contacts": contacts});
        let payload = person.act("createCustomer", input, "__typename").await;
        let errors = payload["userErrors"].as_array().unwrap();
        let paths = errors.iter().map(|error| {
            let path: Vec<_> = error["path"].as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect();
            path.join(".")
        });
        paths.collect::<Vec<_>>().join(" ")
    };
    let wrong = json!([wu(), {"name": " ", "phones": ["12"], "emails": ["x"]}]);
    assert_eq!(refused(&ann, wrong).await, "name contacts.1.name contacts.1.phones.0 contacts.1.emails.0");
    assert_eq!(refused(&ann, json!([wu(), wu()])).await, "name contacts");
    assert_eq!(refused(&ann, json!(vec![json!({"name": "Li"}); 11])).await, "name contacts");
    // Who may not write contacts enters none.
    sqlx::query("delete from permission where role = 'sales' and resource = 'contact' and action = 'write'")
        .execute(&world.db)
        .await
        .unwrap();
    world.advance(TimeDelta::seconds(2));
    let bea = world.sales("Bea").await;
    let input = json!({"name": "Acme", "source": "WEBSITE", "contacts": [wu()]});
    let answer = bea
        .ask_with(
            "mutation($i: CreateCustomerInput!) { createCustomer(input: $i) { customer { id } userErrors { code } } }",
            json!({"i": input}),
        )
        .await;
    assert!(answer.to_string().contains("FORBIDDEN"), "{answer}");
    assert_eq!(world.sql::<i64>("select count(*) from customer").await, 0);
}

#[tokio::test]
async fn marketing_sees_what_became_of_what_it_entered() {
    let world = World::new().await;
    let (mark, mo) = (world.person("Mark", "marketing", None).await, world.person("Mo", "marketing", None).await);
    let ann = world.sales("Ann").await;
    let acme = mark.act("createCustomer", json!({"name": "Acme", "source": "EXHIBITION"}), "customer { id }").await;
    let acme = acme["customer"]["id"].clone();
    assert_eq!(ann.claim(&acme).await, "");
    let input = json!({"customerId": acme, "name": "Phase 2", "note": "secret", "expectedAmount": "100"});
    let deal = ann.act("createOpportunity", input, "opportunity { id }").await["opportunity"]["id"].clone();
    // A customer of her own, which marketing did not enter.
    let other = ann.create("Other").await;
    ann.opportunity(&json!(other), "7").await;
    world.advance(TimeDelta::hours(1));
    assert_eq!(ann.move_to(&deal, 1, "LOST").await, "");
    let query = "query($f: OpportunityFilter) { opportunities(filter: $f) { totalCount edges { node {
        stageKind expectedAmount { amount } name note lostReason owner { name } history { validFrom } lines { position }
        edits { totalCount } followUps { totalCount } customer { name } } } } }";
    let list =
        async |person: &Person, filter: Json| person.data(query, json!({"f": filter})).await["opportunities"].clone();
    let seen = list(&mark, Json::Null).await;
    let wanted = json!({"totalCount": 1, "edges": [{"node": {
        "stageKind": "LOST", "expectedAmount": {"amount": "100.00"}, "name": null, "note": null, "lostReason": null, "owner": null,
        "history": [], "lines": [], "edits": {"totalCount": 0}, "followUps": {"totalCount": 0}, "customer": {"name": "Acme"},
    }}]});
    assert_eq!(seen, wanted);
    assert_eq!(list(&mo, Json::Null).await["totalCount"], 0);
    // What is hidden finds nothing.
    for filter in
        [json!({"ownerId": ann.gid()}), json!({"lostReason": {"eq": "PRICE"}}), json!({"name": {"eq": "Phase 2"}})]
    {
        assert_eq!(list(&mark, filter.clone()).await["totalCount"], 0, "{filter}");
    }
    let customer = "query($id: ID!) { customer(id: $id) { opportunities { edges { node { stageKind } } } timeline { totalCount } } }";
    let customer = mark.data(customer, json!({"id": acme})).await["customer"].clone();
    assert_eq!(customer["opportunities"]["edges"], json!([{"node": {"stageKind": "LOST"}}]));
    let change = json!({"opportunityId": deal, "version": 2, "name": "x"});
    let answer = mark
        .ask_with(
            "mutation($i: UpdateOpportunityInput!) { updateOpportunity(input: $i) { userErrors { code } } }",
            json!({"i": change}),
        )
        .await;
    assert!(answer.to_string().contains("FORBIDDEN"), "{answer}");
}
