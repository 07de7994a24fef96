//! Customers: create, update, search and page.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use crate::support::{Person, World, pretty};

#[tokio::test]
async fn a_rep_owns_the_customer_they_enter_and_marketing_enters_into_the_pool() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let (ann, mark) = (world.person("Ann", "sales", Some(&boss)).await, world.person("Mark", "marketing", None).await);
    let created = ann
        .act(
            "createCustomer",
            json!({"name": " 上海海潮科技有限公司 ", "source": "EXHIBITION", "industry": "SOFTWARE", "creditCode": "91310000ma1k35x10x",
                   "extras": [{"key": "employees", "value": "42.50"}, {"key": "listed", "value": "false"}]}),
            "customer { name creditCode owner { name } ownedSince poolEntryTime version extras { key value } operations { edges { node { type newOwner { name } } } } }",
        )
        .await;
    insta::assert_snapshot!(pretty(&created["customer"]), @r#"
    {
      "creditCode": "91310000MA1K35X10X",
      "extras": [
        {
          "key": "employees",
          "value": "42.5"
        },
        {
          "key": "listed",
          "value": "false"
        }
      ],
      "name": "上海海潮科技有限公司",
      "operations": {
        "edges": [
          {
            "node": {
              "newOwner": {
                "name": "Ann"
              },
              "type": "CREATE"
            }
          }
        ]
      },
      "ownedSince": "2026-03-02T01:00:00.000000Z",
      "owner": {
        "name": "Ann"
      },
      "poolEntryTime": null,
      "version": 1
    }
    "#);
    let pooled = mark
        .act(
            "createCustomer",
            json!({"name": "Blue Wave", "source": "WEBSITE"}),
            "customer { isPooled protectedUntil }",
        )
        .await;
    assert_eq!(pooled["customer"], json!({"isPooled": true, "protectedUntil": null}));
    let named = boss
        .act(
            "createCustomer",
            json!({"name": "Cosmos", "source": "WEBSITE", "ownerId": ann.gid()}),
            "customer { owner { name } }",
        )
        .await;
    assert_eq!(named["customer"]["owner"]["name"], "Ann");
    assert_eq!(
        ann.outcome("createCustomer", json!({"name": "Delta", "source": "WEBSITE", "ownerId": boss.gid()})).await,
        "FORBIDDEN"
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn a_company_is_entered_once_in_whatever_spelling() {
    let world = World::new().await;
    let (ann, ben) = (world.sales("Ann").await, world.sales("Ben").await);
    ann.act(
        "createCustomer",
        json!({"name": "上海海潮科技有限公司", "source": "WEBSITE", "creditCode": "91310000MA1K35X10X"}),
        "__typename",
    )
    .await;
    let again =
        ben.act("createCustomer", json!({"name": "上海海潮科技", "source": "WEBSITE"}), "customer { id }").await;
    assert_eq!(again["userErrors"][0]["code"], "DUPLICATE");
    assert_eq!(again["userErrors"][0]["message"], "A customer with this name already exists. It has an owner.");
    let other = ben
        .act(
            "createCustomer",
            json!({"name": "Other", "source": "WEBSITE", "creditCode": "91310000ma1k35x10x"}),
            "customer { id }",
        )
        .await;
    assert_eq!(other["userErrors"][0]["path"], json!(["creditCode"]));
    assert_eq!(world.sql::<i64>("select count(*) from customer").await, 1);
}

#[tokio::test]
async fn a_retried_create_returns_the_first_customer() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let input = json!({"name": "Acme", "source": "WEBSITE", "idempotencyKey": "k1"});
    let one = ann.act("createCustomer", input.clone(), "customer { id }").await;
    let other = ann.act("createCustomer", input, "customer { id }").await;
    assert_eq!(one, other);
    assert_eq!(world.sql::<i64>("select count(*) from customer").await, 1);
    assert_eq!(world.sql::<i64>("select count(*) from customer_operation_log").await, 1);
}

#[tokio::test]
async fn an_edit_changes_only_the_given_fields_and_a_stale_edit_changes_nothing() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = ann.create("Acme").await;
    let input = json!({"customerId": acme, "version": 1, "industry": "RETAIL", "sourceDetail": "fair", "extras": [{"key": "founded_on", "value": "2020-02-29"}]});
    let edited = ann
        .act("updateCustomer", input.clone(), "customer { name industry sourceDetail version extras { value } }")
        .await;
    assert_eq!(
        edited["customer"],
        json!({"name": "Acme", "industry": "RETAIL", "sourceDetail": "fair", "version": 2, "extras": [{"value": "2020-02-29"}]})
    );
    assert_eq!(ann.outcome("updateCustomer", input).await, "CONFLICT");
    let cleared =
        json!({"customerId": acme, "version": 2, "industry": null, "extras": [{"key": "founded_on", "value": null}]});
    let edited = ann.act("updateCustomer", cleared, "customer { industry sourceDetail extras { value } }").await;
    assert_eq!(edited["customer"], json!({"industry": null, "sourceDetail": "fair", "extras": []}));
    // A claim is no edit, so the version stays valid.
    world.advance(TimeDelta::seconds(1));
    ann.release(&json!(acme)).await;
    world.advance(TimeDelta::days(3));
    ann.claim(&json!(acme)).await;
    assert_eq!(ann.outcome("updateCustomer", json!({"customerId": acme, "version": 3, "size": "UP_TO_50"})).await, "");
}

#[tokio::test]
async fn only_superiors_set_the_level() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let acme = ann.create("Acme").await;
    let input = json!({"customerId": acme, "version": 1, "level": "KEY"});
    assert_eq!(ann.outcome("updateCustomer", input.clone()).await, "FORBIDDEN");
    assert_eq!(boss.outcome("updateCustomer", input).await, "");
    assert_eq!(
        ann.outcome("createCustomer", json!({"name": "Blue", "source": "WEBSITE", "level": "A"})).await,
        "FORBIDDEN"
    );
}

#[tokio::test]
async fn names_are_found_by_two_characters_regardless_of_case_and_width() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    for name in ["上海海潮科技有限公司", "Blue Wave Co., Ltd.", "北京星云100%", "_under", "Ökotech GmbH", "ООО Газпром"]
    {
        ann.create(name).await;
    }
    let found = async |text: &str| -> Vec<String> {
        let read = ann
            .data(
                "query($s: String) { customers(search: $s, orderBy: NAME_ASC) { edges { node { name } } } }",
                json!({"s": text}),
            )
            .await;
        read["customers"]["edges"]
            .as_array()
            .unwrap()
            .iter()
            .map(|edge| edge["node"]["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(found("海潮").await, ["上海海潮科技有限公司"]);
    assert_eq!(found("ＢＬＵＥ w").await, ["Blue Wave Co., Ltd."]);
    assert_eq!(found("öKO").await, ["Ökotech GmbH"]);
    assert_eq!(found("ö").await, ["Ökotech GmbH"]);
    assert_eq!(found("ГАЗПРОМ").await, ["ООО Газпром"]);
    assert_eq!(found("上").await, ["上海海潮科技有限公司"], "one character is a beginning");
    assert_eq!(found("海").await, [""; 0]);
    assert_eq!(found("0%").await, ["北京星云100%"], "nothing is a wildcard");
    assert_eq!(found("%_").await, [""; 0]);
    ann.create("臺北青山電子").await;
    for text in ["青山电子", "青山電子", "台"] {
        assert_eq!(found(text).await, ["臺北青山電子"], "{text}: both kinds of letters");
    }
}

#[tokio::test]
async fn extra_fields_are_filtered_by_their_type() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    for (name, employees) in [("A1", "9"), ("B2", "10"), ("C3", "100.5")] {
        let input = json!({"name": name, "source": "WEBSITE", "extras": [{"key": "employees", "value": employees}]});
        assert_eq!(ann.outcome("createCustomer", input).await, "");
    }
    ann.create("D4").await;
    let count = async |filter: Json| {
        ann.data("query($f: CustomerFilter) { customers(filter: $f) { totalCount } }", json!({"f": {"extras": filter}}))
            .await["customers"]["totalCount"]
            .clone()
    };
    assert_eq!(count(json!([{"key": "employees", "gte": "10"}])).await, 2, "as numbers, not as text");
    assert_eq!(count(json!([{"key": "employees", "gt": "9", "lt": "100"}])).await, 1);
    assert_eq!(count(json!([{"key": "employees", "exists": false}])).await, 1);
    let query = "query($f: CustomerFilter) { customers(filter: $f) { totalCount } }";
    assert_eq!(
        ann.refused(query, json!({"f": {"extras": [{"key": "employees", "eq": "many"}]}})).await,
        "BAD_USER_INPUT"
    );
    assert_eq!(ann.refused(query, json!({"f": {"extras": [{"key": "unheard_of"}]}})).await, "BAD_USER_INPUT");
}

#[tokio::test]
async fn an_insert_between_two_pages_repeats_and_skips_no_row() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    for number in 0..25 {
        ann.create(&format!("Company {number:02}")).await;
    }
    let query = "query($after: String) { customers(first: 10, after: $after, orderBy: NAME_ASC) { totalCount pageInfo { hasNextPage endCursor } edges { node { name } } } }";
    let (mut seen, mut after) = (Vec::new(), Json::Null);
    for page in 0..3 {
        let read = ann.data(query, json!({"after": after})).await["customers"].clone();
        seen.extend(
            read["edges"].as_array().unwrap().iter().map(|edge| edge["node"]["name"].as_str().unwrap().to_owned()),
        );
        assert_eq!(read["pageInfo"]["hasNextPage"], page < 2);
        after = read["pageInfo"]["endCursor"].clone();
        // Somebody enters a customer that sorts before the cursor: no row is repeated or skipped.
        ann.create(&format!("Able {page}")).await;
    }
    assert_eq!(seen, (0..25).map(|number| format!("Company {number:02}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn all_wrong_values_of_a_new_record_are_told_at_once() {
    let world = World::new().await;
    let (ann, ben) = (world.sales("Ann").await, world.sales("Ben").await);
    let (admin, hr) = (world.admin().await, world.person("Hana", "hr", None).await);
    let told = async |who: &Person, mutation: &str, input: Json| {
        let refused = who.act(mutation, input, "__typename").await["userErrors"].clone();
        let path = |refusal: &Json| {
            let path: Vec<_> = refusal["path"].as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect();
            path.join(".")
        };
        refused.as_array().unwrap().iter().map(path).collect::<Vec<_>>().join(" ")
    };
    let customer = json!({"name": " ", "source": "NOWHERE", "industry": "MAGIC", "level": "KEY", "ownerId": ben.gid(),
        "protectFor": "a week", "creditCode": "1"});
    assert_eq!(
        told(&ann, "createCustomer", customer).await,
        "ownerId protectFor level name creditCode source industry"
    );
    let acme = json!(ann.create("Acme").await);
    let opportunity = json!({"customerId": acme, "stage": "NOWHERE", "expectedAmount": "-1", "probability": 101});
    assert_eq!(told(&ann, "createOpportunity", opportunity).await, "stage expectedAmount probability");
    let order = json!({"customerId": acme, "lines": [], "orderedAt": "2020-01-01T00:00:00Z", "remark": "x".repeat(1_001),
        "orderNo": "x".repeat(41)});
    assert_eq!(told(&ann, "createOrder", order).await, "orderedAt lines remark orderNo");
    let user = json!({"email": "new@example.com", "name": "New", "roles": ["wizard"], "managerId": acme.as_str().unwrap().replace("customer_", "user_")});
    assert_eq!(told(&hr, "createUser", user).await, "roles managerId");
    let product = json!({"sku": "", "name": "", "unit": "", "unitPrice": "-1", "currency": "RMB"});
    assert_eq!(told(&admin, "createProduct", product).await, "sku name unit unitPrice currency");
}
