//! One search over everything: what is found, in which order, and by whom.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};
use tidepool::seed::{self, Plan};

use crate::support::{Person, Statements, World, monday};

const SEARCH: &str = "query($text: String!, $first: Int) { search(text: $text, first: $first) { hits { kind title
    customer { id name } contact { id name } opportunity { id } order { id orderNo } product { id sku } user { id name } } } }";

impl Person {
    async fn hits(&self, text: &str, first: i64) -> Vec<Json> {
        let read = self.data(SEARCH, json!({"text": text, "first": first})).await;
        read["search"]["hits"].as_array().unwrap().clone()
    }

    /// The kinds and titles of the hits.
    async fn found(&self, text: &str) -> Vec<String> {
        let line = |hit: &Json| format!("{} {}", hit["kind"].as_str().unwrap(), hit["title"].as_str().unwrap());
        self.hits(text, 5).await.iter().map(line).collect()
    }
}

#[tokio::test]
async fn each_kind_is_found_by_its_name_and_the_best_comes_first() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann Hai", "sales", Some(&boss)).await;
    let haichao = json!(ann.create("上海海潮科技有限公司").await);
    ann.create("海潮").await;
    ann.create("海潮资讯").await;
    ann.contact(&haichao, "王海潮", "13812345678", "wang@example.com").await;
    let pump = world.product("HC-100", "100").await;
    let admin = world.admin().await;
    let named = json!({"productId": pump, "version": 1, "name": "海潮泵"});
    assert_eq!(admin.outcome("updateProduct", named).await, "");
    world.advance(TimeDelta::hours(1));
    ann.opportunity(&haichao, "5000").await;
    ann.order(&haichao, &pump, json!({"orderNo": "HC2026-7"})).await;
    let statements = Statements::listen();
    let found = ann.found("海潮").await;
    assert_eq!(statements.sent().len(), 1, "{:?}", statements.sent());
    assert_eq!(
        found,
        [
            "CUSTOMER 海潮",
            "CUSTOMER 海潮资讯",
            "PRODUCT 海潮泵",
            "CUSTOMER 上海海潮科技有限公司",
            "CONTACT 王海潮",
            "OPPORTUNITY 上海海潮科技有限公司",
            "ORDER HC2026-7"
        ]
    );
    assert_eq!(ann.found("海潮資訊").await, ["CUSTOMER 海潮资讯"], "in traditional letters");
    assert_eq!(ann.found("ＨＣ").await, ["ORDER HC2026-7", "PRODUCT 海潮泵"], "the number and the SKU, in full width");
    assert_eq!(ann.found("2026-7").await, ["ORDER HC2026-7"]);
    assert_eq!(ann.found("ann").await, ["USER Ann Hai"]);
    assert_eq!(
        ann.found("海").await,
        ["CUSTOMER 海潮", "CUSTOMER 海潮资讯", "PRODUCT 海潮泵"],
        "one character is the first"
    );
    assert_eq!(ann.found("zzz").await, [""; 0]);
    let version = json!({"customerId": haichao, "version": 1, "creditCode": "91310000MA1K4LP52X"});
    assert_eq!(ann.outcome("updateCustomer", version).await, "");
    assert_eq!(ann.found("91310000ma1k4lp52x").await[0], "CUSTOMER 上海海潮科技有限公司");
    let hit = ann.hits("HC2026-7", 5).await[0].clone();
    assert_eq!([&hit["order"]["orderNo"], &hit["customer"]["id"]], [&json!("HC2026-7"), &haichao]);
    // What is archived is not found.
    assert_eq!(boss.outcome("archiveCustomer", json!({"customerId": haichao})).await, "");
    assert_eq!(ann.found("科技").await, [""; 0]);
    for (text, first) in [("", 5), ("  ", 5), (&*"x".repeat(101), 5), ("x", 0), ("x", 21)] {
        assert_eq!(ann.refused(SEARCH, json!({"text": text, "first": first})).await, "BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn nobody_finds_what_they_may_not_see() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let ben = world.person("Ben", "sales", None).await;
    let tide = json!(ann.create("Tide Works").await);
    ann.contact(&tide, "Tide Li", "13812345678", "li@example.com").await;
    let pump = world.product("TIDE", "100").await;
    world.advance(TimeDelta::hours(1));
    ann.order(&tide, &pump, json!({"orderNo": "TIDE-1"})).await;
    world.pooled("Tide Pool").await;
    let everything = ["CUSTOMER Tide Pool", "CUSTOMER Tide Works", "CONTACT Tide Li", "ORDER TIDE-1", "PRODUCT TIDE"];
    for viewer in [&ann, &boss] {
        let found = viewer.found("tide").await;
        assert!(everything.iter().all(|one| found.contains(&(*one).to_owned())), "{}: {found:?}", viewer.name);
    }
    assert_eq!(ben.found("tide").await, ["PRODUCT TIDE", "CUSTOMER Tide Pool"]);
    let nobody = world.person_with("Nobody", &[], None).await;
    assert_eq!(nobody.found("tide").await, [""; 0]);
}

/// The customers that are found are the first ones of the list that searches for the same text, for everybody.
#[tokio::test]
async fn in_the_demo_data_a_search_agrees_with_the_lists() {
    let world = World::new().await;
    seed::seed(&world.db, &Plan { customers: 400, ..Plan::demo(monday()) }).await.unwrap();
    world.app.follow().await.unwrap();
    let list = "query($text: String!) { customers(search: $text, first: 100) { edges { node { name } } } products(search: $text, first: 100) { totalCount } }";
    let mut seen = 0;
    for (email, _) in seed::accounts() {
        let viewer = world.existing_user(&email).await;
        for text in ["海", "上海", "科技", "Hai", "ding", "有限公司", "云a"] {
            let read = viewer.data(list, json!({"text": text})).await;
            let mut names: Vec<_> = read["customers"]["edges"]
                .as_array()
                .unwrap()
                .iter()
                .map(|edge| edge["node"]["name"].as_str().unwrap().to_owned())
                .collect();
            if names.len() == 100 {
                continue;
            }
            let folded = text.to_lowercase();
            names.sort_by_key(|name| {
                let name = name.to_lowercase();
                (
                    if name == folded {
                        0
                    } else if name.starts_with(&folded) {
                        1
                    } else {
                        2
                    },
                    name.chars().count(),
                    name,
                )
            });
            names.truncate(20);
            let hits = viewer.hits(text, 20).await;
            let of_kind = |kind: &str| {
                hits.iter()
                    .filter(|hit| hit["kind"] == kind)
                    .map(|hit| hit["title"].as_str().unwrap().to_owned())
                    .collect::<Vec<_>>()
            };
            assert_eq!(of_kind("CUSTOMER"), names, "{email}: {text}");
            let hidden = hits.iter().filter(|hit| {
                ["customer", "contact", "opportunity", "order", "product", "user"]
                    .iter()
                    .all(|kind| hit[*kind].is_null())
            });
            assert_eq!(hidden.count(), 0, "{email}: {text}: each hit leads to what it is");
            seen += names.len();
        }
    }
    assert!(seen > 200, "{seen}");
}
