//! Invalid input of every kind gets a clear error and changes nothing.

use serde_json::{Value as Json, json};

use crate::support::World;

/// A hash of all rows of all tables.
const EVERYTHING: &str = "select md5(string_agg(t, '' order by t)) from (
    select c::text as t from customer c union all select l::text from customer_operation_log l union all select k::text from contact k
    union all select x::text from customer_extra x union all select u::text from app_user u union all select s::text from setting s
    union all select p::text from permission p) t";

#[tokio::test]
async fn invalid_queries_get_an_error_that_names_the_fault() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    ann.create("Acme").await;
    let cursor =
        ann.ask("{ customers { pageInfo { endCursor } } }").await["customers"]["pageInfo"]["endCursor"].clone();
    let mut lines = Vec::new();
    for (query, variables) in [
        ("{ customer(id: \"nonsense\") { id } }", json!({})),
        ("{ customer(id: 5) { id } }", json!({})),
        ("{ node(id: \"planet_00000000-0000-0000-0000-000000000000\") { id } }", json!({})),
        ("query($id: ID!) { customer(id: $id) { id } }", json!({"id": "user_00000000-0000-0000-0000-000000000000"})),
        ("query($id: ID!) { customer(id: $id) { id } }", json!({"id": null})),
        ("query($id: ID!) { customer(id: $id) { id } }", json!({"id": {}})),
        ("{ nodes(ids: [\"x\"]) { id } }", json!({})),
        ("{ customers(first: -1) { totalCount } }", json!({})),
        ("{ customers(first: -1) { totalCount } }", json!({})),
        ("{ customers(first: 1000000000) { totalCount } }", json!({})),
        ("{ customers(first: 10000000000) { totalCount } }", json!({})),
        ("{ customers(first: 1, last: 1) { totalCount } }", json!({})),
        ("{ customers(after: \"x\") { totalCount } }", json!({})),
        ("query($c: String) { customers(after: $c, orderBy: NAME_ASC) { totalCount } }", json!({"c": cursor})),
        ("query($c: String) { publicPool(after: $c) { totalCount } }", json!({"c": cursor})),
        ("{ customers(search: \"\") { totalCount } }", json!({})),
        ("query($s: String) { customers(search: $s) { totalCount } }", json!({"s": "a\0b"})),
        ("query($s: String) { customers(search: $s) { totalCount } }", json!({"s": "x".repeat(101)})),
        ("{ customers(filter: {createdAt: {lt: \"yesterday\"}}) { totalCount } }", json!({})),
        ("{ customers(filter: {createdAt: {lt: \"2026-02-30T00:00:00Z\"}}) { totalCount } }", json!({})),
        (
            "{ customers(filter: {ownerId: {eq: \"customer_00000000-0000-0000-0000-000000000000\"}}) { totalCount } }",
            json!({}),
        ),
        ("{ customers(filter: {name: {eq: null}}) { totalCount } }", json!({})),
        ("query($f: CustomerFilter) { customers(filter: $f) { totalCount } }", json!({"f": {"name": {"eq": "a\0"}}})),
        ("query($f: CustomerFilter) { customers(filter: $f) { totalCount } }", json!({"f": {"unheard": 1}})),
        (
            "query($f: CustomerFilter) { customers(filter: $f) { totalCount } }",
            json!({"f": {"or": vec![json!({"isPooled": {"eq": true}}); 200]}}),
        ),
        ("{ customers { unheard } }", json!({})),
        ("{ customers {", json!({})),
        ("mutation { claimCustomer(input: {customerId: \"nonsense\"}) { customer { id } } }", json!({})),
        ("query A { viewer { name } } query B { viewer { name } }", json!({})),
        ("subscription { x }", json!({})),
    ] {
        let answer = ann.ask_with(query, variables).await;
        let error = &answer["errors"][0];
        let data = answer["data"].as_object().into_iter().flatten();
        assert!(data.into_iter().all(|(_, field)| field.is_null()), "{query}: {answer}");
        lines.push(format!(
            "{}: {}",
            error["extensions"]["code"].as_str().unwrap(),
            error["message"].as_str().unwrap()
        ));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn invalid_mutations_get_an_error_that_names_the_fault_and_change_nothing() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let acme = ann.create("Acme").await;
    let contact = ann.contact(&json!(acme), "Li", "13812345678", "li@example.com").await;
    let before: String = world.sql(EVERYTHING).await;
    let create = |field: &str, value: Json| {
        let mut input = json!({"name": "New", "source": "WEBSITE"});
        input[field] = value;
        ("createCustomer", input)
    };
    let mut lines = Vec::new();
    for (mutation, input) in [
        create("name", json!("")),
        create("name", json!("  ")),
        create("name", json!("!!!")),
        create("name", json!("x".repeat(201))),
        create("name", json!("a\0b")),
        create("name", json!("acme LTD.")),
        create("source", json!("MOON")),
        create("industry", json!("software")),
        create("creditCode", json!("12-34")),
        create("idempotencyKey", json!("")),
        create("extras", json!([{"key": "unheard", "value": "1"}])),
        create(
            "extras",
            json!([{"key": "employees", "value": "many"}, {"key": "listed", "value": "maybe"}, {"key": "founded_on", "value": "2023-02-29"}]),
        ),
        create("extras", json!([{"key": "employees", "value": "1"}, {"key": "employees", "value": "2"}])),
        ("updateCustomer", json!({"customerId": acme, "version": 7, "name": "Other"})),
        ("updateCustomer", json!({"customerId": acme, "version": 1, "name": "", "industry": "x"})),
        ("releaseCustomer", json!({"customerId": acme, "remark": "x".repeat(1001)})),
        ("releaseCustomer", json!({"customerId": "customer_00000000-0000-0000-0000-000000000000"})),
        ("createContact", json!({"customerId": acme, "name": "Han", "phones": ["call me"], "emails": ["nowhere"]})),
        (
            "createContact",
            json!({"customerId": acme, "name": "Han", "phones": ["1.38123E+10", "1380", "13812345678 李总"]}),
        ),
        ("createContact", json!({"customerId": acme, "name": "", "phones": vec!["13812345678"; 11]})),
        ("updateContact", json!({"contactId": contact["id"], "version": 9, "name": "Han"})),
    ] {
        let payload = ann.act(mutation, input, "__typename").await;
        lines.push(format!("{mutation}: {}", refusals(&payload)));
    }
    for (mutation, input) in [
        ("updateSettings", json!({"protectionPeriod": "three days"})),
        ("updateSettings", json!({"protectionPeriod": "P1M"})),
        (
            "updateSettings",
            json!({"protectionPeriod": "P400D", "maxOwnedCustomers": -1, "businessTimeZone": "Mars/Olympus"}),
        ),
        ("createUser", json!({"email": "nobody", "name": "", "roles": ["king"]})),
        ("createUser", json!({"email": "a@example.com", "name": "A", "roles": ["king"]})),
        ("setRoles", json!({"userId": "user_00000000-0000-0000-0000-000000000000", "roles": []})),
        ("changeManager", json!({"userId": ann.gid(), "managerId": "user_00000000-0000-0000-0000-000000000000"})),
        ("saveChoice", json!({"kind": "LEVEL", "code": "lower case", "nameEn": "x", "nameZh": "x"})),
        ("saveExtraField", json!({"key": "Upper", "type": "TEXT", "labelEn": "x", "labelZh": "x"})),
        ("grantPermission", json!({"role": "king", "resource": "customer", "action": "read", "scope": "all"})),
        ("grantPermission", json!({"role": "sales", "resource": "moon", "action": "read", "scope": "all"})),
    ] {
        let payload = admin.act(mutation, input, "__typename").await;
        lines.push(format!("{mutation}: {}", refusals(&payload)));
    }
    assert_eq!(world.sql::<String>(EVERYTHING).await, before, "nothing was changed");
    insta::assert_snapshot!(lines.join("\n"));
}

fn refusals(payload: &Json) -> String {
    let all = payload["userErrors"].as_array().unwrap();
    assert!(!all.is_empty(), "{payload}");
    let lines = all.iter().map(|error| {
        let path: Vec<_> = error["path"].as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect();
        format!("{} {} {:?}", error["code"].as_str().unwrap(), path.join("."), error["message"].as_str().unwrap())
    });
    lines.collect::<Vec<_>>().join(", ")
}

#[tokio::test]
async fn the_size_of_a_batch_is_limited() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let query = "mutation($ids: [ID!]!) { claimCustomers(input: {customerIds: $ids}) { results { customerId } } }";
    assert_eq!(ann.refused(query, json!({"ids": []})).await, "BAD_USER_INPUT");
    let many = vec!["customer_00000000-0000-0000-0000-000000000000"; 101];
    assert_eq!(ann.refused(query, json!({"ids": many})).await, "BAD_USER_INPUT");
}

#[tokio::test]
async fn expired_forged_and_revoked_tokens_are_refused() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    for token in ["", "x", &format!("{}x", ann.token), "\u{e9}", &"x".repeat(5_000)] {
        let forged = crate::support::Person { token: token.to_owned(), ..ann.clone() };
        assert_eq!(forged.refused("{ customers { totalCount } }", json!({})).await, "UNAUTHENTICATED", "{token:?}");
    }
    world.advance(chrono::TimeDelta::days(366));
    assert_eq!(ann.refused("{ customers { totalCount } }", json!({})).await, "UNAUTHENTICATED");
}

#[tokio::test]
async fn errors_are_written_in_the_requested_language() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let query = "mutation { createCustomer(input: {name: \"\", source: \"WEBSITE\"}) { userErrors { message } } }";
    let answer = ann.ask_in("zh-CN,zh;q=0.9,en;q=0.8", query, json!({})).await;
    assert_eq!(answer["data"]["createCustomer"]["userErrors"][0]["message"], "长度必须为 1 到 200 个字符，目前为 0 个");
}

#[tokio::test]
async fn long_texts_and_dates_of_extra_fields_are_accepted_or_refused_without_an_internal_error() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let rare: String = (0..1_000).filter_map(|number| char::from_u32(0x4e00 + number * 17)).collect();
    let outcome = async |key: &str, value: &str| {
        let name = format!("Company {key} {}", value.chars().take(12).collect::<String>());
        let input =
            json!({"name": name, "source": "WEBSITE", "notDuplicate": true, "extras": [{"key": key, "value": value}]});
        ann.outcome("createCustomer", input).await
    };
    assert_eq!(outcome("credit_rating", &rare).await, "");
    let found =
        "query($value: String!) { customers(filter: {extras: [{key: \"credit_rating\", eq: $value}]}) { totalCount } }";
    assert_eq!(ann.data(found, json!({"value": rare})).await["customers"]["totalCount"], 1);
    assert_eq!(ann.data(found, json!({"value": &rare[..300]})).await["customers"]["totalCount"], 0);
    assert_eq!(outcome("founded_on", "2024-02-29").await, "");
    for date in ["2024- 1- 1", "+024-01-01", "-001-01-01", "2023-02-29", "2024-1-01", "0000-01-01"] {
        assert_eq!(outcome("founded_on", date).await, "INVALID", "{date}");
    }
    let many: Vec<_> = (0..101).map(|_| json!({"key": "listed", "eq": "true"})).collect();
    let query = "query($filter: CustomerFilter) { customers(filter: $filter) { totalCount } }";
    assert_eq!(ann.refused(query, json!({"filter": {"extras": many}})).await, "QUERY_TOO_COMPLEX");
    let empty: Vec<_> = (0..201).map(|_| json!({})).collect();
    assert_eq!(ann.refused(query, json!({"filter": {"and": empty}})).await, "QUERY_TOO_COMPLEX");
    // A single id in place of a list is a list of one.
    let id = ann.ask("{ customers { edges { node { id } } } }").await["customers"]["edges"][0]["node"]["id"].clone();
    let one = ann.ask(&format!("{{ nodes(ids: {id}) {{ id }} }}")).await;
    assert_eq!(one["nodes"], json!([{"id": id}]));
}

#[tokio::test]
async fn a_whole_number_may_be_written_with_a_fraction_of_zero() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    for name in ["Acme", "Blue"] {
        ann.create(name).await;
    }
    let page = "query($first: Int) { customers(first: $first) { edges { node { name } } } }";
    let page = async |first: Json| ann.ask_with(page, json!({"first": first})).await;
    assert_eq!(page(json!(1.0)).await, page(json!(1)).await);
    assert_eq!(page(json!(1e0)).await["data"]["customers"]["edges"].as_array().unwrap().len(), 1);
    for wrong in [json!(1.5), json!(1e10), json!(1e300), json!("1"), json!([1.5])] {
        assert_eq!(page(wrong.clone()).await["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{wrong}");
    }
    // In lists and input objects, too.
    let rated = "query($filter: FeedbackFilter) { feedback(filter: $filter) { totalCount } }";
    let rated = async |rating: Json| {
        let filter = json!({"or": [{"rating": {"eq": rating}}]});
        ann.ask_with(rated, json!({"filter": filter})).await
    };
    assert_eq!(rated(json!(5.0)).await, json!({"data": {"feedback": {"totalCount": 0}}}));
    assert_eq!(rated(json!(5.5)).await["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
}
