//! Shared settings, choices, definitions of extras.

use chrono::TimeDelta;
use serde_json::json;

use crate::support::World;

#[tokio::test]
async fn a_new_period_counts_for_those_that_still_rest_and_for_no_others() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let mut until = Vec::new();
    let ids = [json!(ann.create("First").await), json!(ann.create("Second").await)];
    ann.release(&ids[0]).await;
    world.advance(TimeDelta::days(4));
    ann.release(&ids[1]).await;
    for period in ["P10D", "P1D", "PT0S", "P2D"] {
        let set =
            admin.act("updateSettings", json!({"protectionPeriod": period}), "settings { protectionPeriod }").await;
        assert_eq!(set["settings"]["protectionPeriod"], period);
        let read = ann
            .data(
                "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Customer { protectedUntil } } }",
                json!({"ids": ids}),
            )
            .await;
        until.push(format!("{period}: {} {}", read["nodes"][0]["protectedUntil"], read["nodes"][1]["protectedUntil"]));
    }
    insta::assert_snapshot!(until.join("\n"), @r#"
    P10D: "2026-03-05T01:00:00.000001Z" "2026-03-16T01:00:00.000000Z"
    P1D: "2026-03-05T01:00:00.000001Z" "2026-03-07T01:00:00.000000Z"
    PT0S: "2026-03-05T01:00:00.000001Z" null
    P2D: "2026-03-05T01:00:00.000001Z" null
    "#);
    world.assert_sound().await;
}

#[tokio::test]
async fn choices_and_extra_fields_are_kept_by_administrators() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let robots = json!({"kind": "INDUSTRY", "code": "ROBOTS", "nameEn": "Robots", "nameZh": "机器人"});
    assert_eq!(admin.outcome("saveChoice", robots).await, "");
    assert_eq!(
        ann.outcome("createCustomer", json!({"name": "A1", "source": "WEBSITE", "industry": "ROBOTS"})).await,
        ""
    );
    let off = json!({"kind": "INDUSTRY", "code": "ROBOTS", "nameEn": "Robots", "nameZh": "机器人", "active": false});
    assert_eq!(admin.outcome("saveChoice", off).await, "");
    assert_eq!(
        ann.outcome("createCustomer", json!({"name": "B2", "source": "WEBSITE", "industry": "ROBOTS"})).await,
        "INVALID"
    );
    let field = json!({"key": "fleet", "type": "NUMBER", "labelEn": "Fleet", "labelZh": "车队"});
    assert_eq!(admin.outcome("saveExtraField", field).await, "");
    assert_eq!(
        ann.outcome(
            "createCustomer",
            json!({"name": "C3", "source": "WEBSITE", "extras": [{"key": "fleet", "value": "7"}]})
        )
        .await,
        ""
    );
    let retyped = json!({"key": "fleet", "type": "TEXT", "labelEn": "Fleet", "labelZh": "车队"});
    assert_eq!(admin.outcome("saveExtraField", retyped).await, "INVALID");
    let read = ann.ask("{ choices(kind: INDUSTRY) { code active } extraFields { key type } settings { protectionPeriod businessTimeZone } }").await;
    assert!(read["choices"].as_array().unwrap().contains(&json!({"code": "ROBOTS", "active": false})));
    assert!(read["extraFields"].as_array().unwrap().contains(&json!({"key": "fleet", "type": "NUMBER"})));
    assert_eq!(read["settings"], json!({"protectionPeriod": "P3D", "businessTimeZone": "Asia/Shanghai"}));
}
