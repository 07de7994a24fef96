//! Targets: who sets them, who sees them, and that what was attained is the number of the figures.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use crate::support::{Person, World};

const TARGETS: &str = "query($filter: TargetFilter) { targets(filter: $filter, orderBy: MONTH_ASC) { edges { node { user { name } ofTeam month measure currency value attained
    setBy { name } } } } }";

impl Person {
    async fn set(&self, targets: Json) -> String {
        self.outcome("setTargets", json!({"targets": targets})).await
    }

    /// Whose, of the team or not, what, of how much, and how much of it was attained.
    async fn targets(&self) -> Vec<String> {
        let read = self.data(TARGETS, json!({})).await;
        let edges = read["targets"]["edges"].as_array().unwrap();
        let text = |json: &Json| json.as_str().unwrap_or("-").to_owned();
        let line = |node: &Json| {
            let team = if node["ofTeam"] == true { "'s team" } else { "" };
            let [name, month, measure, currency, value, attained] = [
                &node["user"]["name"],
                &node["month"],
                &node["measure"],
                &node["currency"],
                &node["value"],
                &node["attained"],
            ]
            .map(text);
            format!("{name}{team} {month} {measure} {currency} {attained} of {value}")
        };
        let mut lines: Vec<_> = edges.iter().map(|edge| line(&edge["node"])).collect();
        lines.sort();
        lines
    }
}

#[tokio::test]
async fn superiors_set_targets_and_see_what_was_attained() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let lead = world.person("Lead", "manager", Some(&boss)).await;
    let ann = world.person("Ann", "sales", Some(&lead)).await;
    let (other, alan) = (world.sales("Other").await, world.person("Alan", "analyst", None).await);
    let pump = world.product("PUMP", "1000").await;
    let acme = json!(ann.create("Acme").await);
    let month = "2026-03-15";
    let target = |who: &Person, of_team: bool, measure: &str, value: Json| json!({"userId": who.gid(), "ofTeam": of_team, "month": month, "measure": measure, "value": value});
    let all = json!([
        target(&ann, false, "BOOKED", json!("5000")),
        target(&ann, false, "FOLLOW_UPS", json!("20")),
        target(&lead, true, "BOOKED", json!("12000.50")),
        target(&lead, true, "ORDERS", json!("3"))
    ]);
    for _ in 0..2 {
        assert_eq!(boss.set(all.clone()).await, "");
    }
    world.advance(TimeDelta::hours(1));
    ann.order(&acme, &pump, json!({})).await;
    let called_off = ann.order(&acme, &pump, json!({})).await;
    ann.order(&acme, &pump, json!({"currency": "CNY"})).await;
    assert_eq!(ann.advance(&called_off, 1, "CANCEL").await, "");
    let note = json!({"customerId": acme, "channel": "PHONE", "content": "x"});
    assert_eq!(ann.outcome("recordFollowUp", note).await, "");
    let of_ann = ["Ann 2026-03-01 BOOKED CNY 2000.00 of 5000", "Ann 2026-03-01 FOLLOW_UPS - 1.00 of 20"];
    let of_lead = ["Lead's team 2026-03-01 BOOKED CNY 2000.00 of 12000.5", "Lead's team 2026-03-01 ORDERS - 2.00 of 3"];
    let both = [of_ann, of_lead].concat();
    assert_eq!(boss.targets().await, both);
    assert_eq!(alan.targets().await, both);
    assert_eq!(lead.targets().await, both, "one's own, and those below");
    assert_eq!(ann.targets().await, of_ann);
    assert_eq!(other.targets().await, [""; 0]);
    // The numbers are those of the figures.
    let figure = "query($by: SalesDimension!) { performance(from: \"2026-03-01\", to: \"2026-03-31\", by: $by) { groups { key { user { name } } orders followUps booked { amount currency } } } }";
    let read = boss.data(figure, json!({"by": "USER"})).await;
    let anns = read["performance"]["groups"]
        .as_array()
        .unwrap()
        .iter()
        .find(|group| group["key"]["user"]["name"] == "Ann")
        .unwrap();
    assert_eq!([&anns["orders"], &anns["followUps"]], [&json!(2), &json!(1)]);
    assert_eq!(anns["booked"], json!([{"amount": "2000.00", "currency": "CNY"}]));
    // A target is changed and removed; nobody sets targets of those who are not below them.
    assert_eq!(
        lead.set(json!([target(&ann, false, "BOOKED", json!("6000")), target(&ann, false, "FOLLOW_UPS", Json::Null)]))
            .await,
        ""
    );
    assert_eq!(ann.targets().await, ["Ann 2026-03-01 BOOKED CNY 2000.00 of 6000"]);
    assert_eq!(lead.set(json!([target(&lead, false, "BOOKED", json!("1"))])).await, "NOT_FOUND");
    assert_eq!(
        boss.set(json!([target(&ann, false, "WON", json!("2")), target(&other, false, "WON", json!("2"))])).await,
        "NOT_FOUND"
    );
    assert_eq!(ann.targets().await.len(), 1, "all are set, or none");
    for who in [&ann, &alan] {
        let query =
            "mutation($targets: [TargetInput!]!) { setTargets(input: {targets: $targets}) { userErrors { code } } }";
        let one = json!({"targets": [target(&ann, false, "WON", json!("2"))]});
        assert_eq!(who.refused(query, one).await, "FORBIDDEN");
    }
    for (measure, value, currency) in [
        ("WON", "1.5", None),
        ("WON", "0", None),
        ("WON", "1", Some("CNY")),
        ("BOOKED", "1", Some("RMB")),
        ("BOOKED", "-1", None),
    ] {
        let mut wrong = target(&ann, false, measure, json!(value));
        wrong["currency"] = json!(currency);
        assert_eq!(boss.set(json!([wrong])).await, "INVALID", "{measure} {value}");
    }
    let twice = target(&ann, false, "WON", json!("2"));
    assert_eq!(boss.set(json!([twice, twice])).await, "INVALID");
    // Another month has its own facts.
    let april = json!({"userId": ann.gid(), "month": "2026-04-01", "measure": "BOOKED", "value": "7000"});
    assert_eq!(boss.set(json!([april])).await, "");
    assert_eq!(ann.targets().await[1], "Ann 2026-04-01 BOOKED CNY 0.00 of 7000");
}
