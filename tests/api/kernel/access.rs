//! Rows and values that a viewer may not see appear nowhere in a response.

use serde_json::json;

use crate::support::{World, pretty};

#[tokio::test]
async fn a_hidden_customer_appears_in_no_list_count_search_or_nested_field() {
    let world = World::new().await;
    let (ann, ben) = (world.sales("Ann").await, world.sales("Ben").await);
    let acme = json!(ann.create("Acme").await);
    let contact = ann.contact(&acme, "Li Lei", "13812345678", "li@example.com").await;
    let seen = ben
        .data(
            r#"query($customer: ID!, $contact: ID!, $ann: ID!) {
                 list: customers { totalCount edges { node { id } } }
                 search: customers(search: "acme") { totalCount }
                 filtered: customers(filter: {ownerId: {eq: $ann}}) { totalCount }
                 negated: customers(filter: {not: {name: {eq: "x"}}}) { totalCount }
                 byPhone: customers(filter: {contactPhone: "13812345678"}) { totalCount }
                 byExtra: customers(filter: {extras: [{key: "wecom_id", exists: false}]}) { totalCount }
                 pool: publicPool(search: "acme") { totalCount }
                 one: customer(id: $customer) { id }
                 node(id: $customer) { id }
                 nodes(ids: [$customer, $contact]) { id }
               }"#,
            json!({"customer": acme, "contact": contact["id"], "ann": ann.gid()}),
        )
        .await;
    insta::assert_snapshot!(serde_json::to_string(&seen).unwrap(), @r#"{"byExtra":{"totalCount":0},"byPhone":{"totalCount":0},"filtered":{"totalCount":0},"list":{"edges":[],"totalCount":0},"negated":{"totalCount":0},"node":null,"nodes":[null,null],"one":null,"pool":{"totalCount":0},"search":{"totalCount":0}}"#);
    for (mutation, input) in [
        ("releaseCustomer", json!({"customerId": acme})),
        ("updateCustomer", json!({"customerId": acme, "version": 1, "name": "Mine"})),
        ("createContact", json!({"customerId": acme, "name": "Spy"})),
        ("updateContact", json!({"contactId": contact["id"], "version": 1, "name": "Spy"})),
        ("revealContact", json!({"contactId": contact["id"]})),
    ] {
        assert_eq!(ben.outcome(mutation, input).await, "NOT_FOUND", "{mutation}");
    }
    let payload = ben.act("claimCustomer", json!({"customerId": acme}), "customer { name }").await;
    assert_eq!(payload["customer"], json!(null), "a payload shows no more than a query");
}

#[tokio::test]
async fn the_pool_shows_what_happened_but_not_who_did_it() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let (ann, ben) = (world.person("Ann", "sales", Some(&boss)).await, world.sales("Ben").await);
    let acme = json!(ann.create("Acme").await);
    ann.contact(&acme, "Li Lei", "13812345678", "li@example.com").await;
    ann.act("updateCustomer", json!({"customerId": acme, "version": 1, "extras": [{"key": "wecom_id", "value": "wm_1"}, {"key": "employees", "value": "7"}]}), "__typename").await;
    world.advance(chrono::TimeDelta::seconds(1));
    ann.outcome("releaseCustomer", json!({"customerId": acme, "remark": "secret"})).await;
    let query = "query($id: ID!) { customer(id: $id) { name owner { name } contacts { totalCount edges { node { name } } }
        extras { key value } operations { edges { node { type remark operator { name } previousOwner { name } } } } } }";
    let seen = ben.data(query, json!({"id": acme})).await;
    insta::assert_snapshot!(pretty(&seen), @r#"
    {
      "customer": {
        "contacts": {
          "edges": [],
          "totalCount": 0
        },
        "extras": [
          {
            "key": "employees",
            "value": "7"
          }
        ],
        "name": "Acme",
        "operations": {
          "edges": [
            {
              "node": {
                "operator": null,
                "previousOwner": null,
                "remark": null,
                "type": "RELEASE"
              }
            },
            {
              "node": {
                "operator": null,
                "previousOwner": null,
                "remark": null,
                "type": "CREATE"
              }
            }
          ]
        },
        "owner": null
      }
    }
    "#);
}

#[tokio::test]
async fn the_pool_shows_the_stage_of_an_opportunity_but_not_its_history() {
    let world = World::new().await;
    let (ann, ben) = (world.sales("Ann").await, world.sales("Ben").await);
    let acme = json!(ann.create("Acme").await);
    sqlx::query(
        "insert into sales_opportunity (id, customer_id, owner_user_id, stage, stage_kind, probability, updated_by, created_at, updated_at)
         select id, id, owner_user_id, 'PROPOSAL', 'OPEN', 50, owner_user_id, created_at, created_at from customer",
    )
    .execute(&world.db)
    .await
    .unwrap();
    let query = r#"query($id: ID!) { customer(id: $id) {
        opportunities { edges { node { stageCode probability owner { name } stageVisits { movedBy { name } } history { probability } } } }
        timeline(filter: {kind: {eq: STAGE}}) { totalCount }
    } }"#;
    let seen = ann.data(query, json!({"id": acme})).await;
    insta::assert_snapshot!(seen.to_string(), @r#"{"customer":{"opportunities":{"edges":[{"node":{"history":[{"probability":50}],"owner":{"name":"Ann"},"probability":50,"stageCode":"PROPOSAL","stageVisits":[{"movedBy":{"name":"Ann"}}]}}]},"timeline":{"totalCount":1}}}"#);
    world.advance(chrono::TimeDelta::seconds(1));
    ann.release(&acme).await;
    let seen = ben.data(query, json!({"id": acme})).await;
    insta::assert_snapshot!(seen.to_string(), @r#"{"customer":{"opportunities":{"edges":[{"node":{"history":[],"owner":null,"probability":null,"stageCode":"PROPOSAL","stageVisits":[]}}]},"timeline":{"totalCount":0}}}"#);
}

#[tokio::test]
async fn service_staff_see_pooled_customers_that_have_ordered() {
    let world = World::new().await;
    let sue = world.person("Sue", "service", None).await;
    for name in ["Acme", "Blue Wave"] {
        world.pooled(name).await;
    }
    sqlx::query(
        "insert into sales_order (id, order_no, customer_id, sold_by_user_id, owner_user_id, currency, ordered_at, created_at, updated_at)
         select id, 'SO-1', id, created_by, created_by, 'CNY', created_at, created_at, created_at from customer where name = 'Acme'",
    )
    .execute(&world.db)
    .await
    .unwrap();
    let seen = sue.ask("{ customers { edges { node { name } } } publicPool { edges { node { name } } } }").await;
    let acme = json!([{"node": {"name": "Acme"}}]);
    assert_eq!(seen, json!({"customers": {"edges": acme}, "publicPool": {"edges": acme}}));
}

#[tokio::test]
async fn masked_values_cannot_be_filtered_or_ordered_by() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    for query in [
        "{ customers(filter: {contactPhone: {startsWith: \"138\"}}) { totalCount } }",
        "{ customers(orderBy: CONTACT_PHONE_ASC) { totalCount } }",
        "{ users(filter: {email: {eq: \"ann@example.com\"}}) { totalCount } }",
        "{ users(orderBy: EMAIL_ASC) { totalCount } }",
        "{ customers { edges { node { operations(filter: {remark: {eq: \"x\"}}) { totalCount } } } } }",
    ] {
        assert_eq!(ann.refused(query, json!({})).await, "GRAPHQL_VALIDATION_FAILED", "{query}");
    }
}

#[tokio::test]
async fn a_manager_sees_everybody_below_and_nobody_of_another_team() {
    let world = World::new().await;
    let top = world.person("Top", "manager", None).await;
    let mid = world.person("Mid", "manager", Some(&top)).await;
    let beside = world.person("Beside", "manager", Some(&top)).await;
    let ann = world.person("Ann", "sales", Some(&mid)).await;
    ann.create("Acme").await;
    let count = async |person: &crate::support::Person| {
        person.ask("{ customers { totalCount } }").await["customers"]["totalCount"].clone()
    };
    assert_eq!(count(&top).await, 1);
    assert_eq!(count(&mid).await, 1);
    assert_eq!(count(&beside).await, 0);
    let names = mid.ask("{ users { edges { node { name email manager { name email } } } } }").await;
    let lines: Vec<_> =
        names["users"]["edges"].as_array().unwrap().iter().map(|edge| edge["node"].to_string()).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    {"email":"ann@example.com","manager":{"email":"mid@example.com","name":"Mid"},"name":"Ann"}
    {"email":null,"manager":null,"name":"Beside"}
    {"email":"mid@example.com","manager":{"email":null,"name":"Top"},"name":"Mid"}
    {"email":null,"manager":null,"name":"Top"}
    "#);
}
