//! Settings, choices, and definitions of extra fields.

use chrono::TimeDelta;
use serde_json::json;

use crate::support::World;

#[tokio::test]
async fn a_new_protection_period_applies_only_to_customers_that_are_still_protected() {
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
async fn administrators_manage_choices_and_extra_fields() {
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

#[tokio::test]
async fn protection_ends_in_the_morning_of_a_working_day() {
    let world = World::new().await;
    let (admin, ann, ben) = (world.admin().await, world.sales("Ann").await, world.sales("Ben").await);
    let days = json!([
        {"day": "2026-03-06", "isOff": true, "name": "Foundation"},
        {"day": "2026-03-07", "isOff": false, "name": "调休"},
        {"day": "2026-03-07", "isOff": false, "name": "Friday's work"},
    ]);
    assert_eq!(admin.outcome("saveCalendarDays", json!({"days": days})).await, "");
    assert_eq!(admin.outcome("updateSettings", json!({"claimOpens": "08:30"})).await, "");
    let until = async |id: &serde_json::Value| {
        let read =
            ann.data("query($id: ID!) { customer(id: $id) { protectedUntil } }", json!({"id": id})).await["customer"]
                .clone();
        read["protectedUntil"].as_str().unwrap().to_owned()
    };
    let mut report = String::new();
    let mut ids = Vec::new();
    // It is Monday 09:00 in Shanghai, so three days end on Thursday 09:00.
    for (name, hours) in
        [("at nine", 0), ("in the evening", 13), ("at night", 8), ("on a holiday", 12), ("on a weekend", 50)]
    {
        world.advance(TimeDelta::hours(hours));
        let id = json!(ann.create(name).await);
        assert_eq!(ann.release(&id).await, "");
        report.push_str(&format!("{}, {name}: {}\n", world.clock.now().format("%a %FT%TZ"), until(&id).await));
        ids.push(id);
    }
    insta::assert_snapshot!(report);
    // It is Thursday 02:00 in Shanghai.
    let mark = world.person("Mark", "marketing", None).await;
    let entered = json!({"name": "Entered", "source": "WEBSITE", "protectFor": "P1D"});
    let entered = mark.act("createCustomer", entered, "customer { protectedUntil }").await;
    assert_eq!(entered["customer"]["protectedUntil"], "2026-03-07T00:30:00.000000Z", "after the holiday");

    // Two of them are protected over the weekend; a protection that has ended stays ended.
    assert_eq!(ben.claim(&ids[2]).await, "PROTECTED");
    let off = json!({"days": ["2026-03-07", "2026-05-01"]});
    assert_eq!(admin.outcome("removeCalendarDays", off).await, "");
    assert_eq!(until(&ids[2]).await, "2026-03-09T00:30:00.000000Z", "Saturday is none any more");
    assert_eq!(admin.outcome("updateSettings", json!({"claimOpens": null})).await, "");
    assert_eq!(until(&ids[4]).await, "2026-03-08T12:00:00.000001Z");

    for wrong in ["9:00", "24:00", "09:00:00", "morning", ""] {
        assert_eq!(admin.outcome("updateSettings", json!({"claimOpens": wrong})).await, "INVALID", "{wrong}");
    }
    let week = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];
    assert_eq!(admin.outcome("updateSettings", json!({"weeklyDaysOff": week})).await, "INVALID");
    assert_eq!(admin.outcome("updateSettings", json!({"weeklyDaysOff": ["SUNDAY", "FRIDAY", "SUNDAY"]})).await, "");
    assert_eq!(admin.outcome("saveCalendarDays", json!({"days": []})).await, "INVALID");
    let nameless = json!([{"day": "2026-03-06", "isOff": true, "name": " "}]);
    assert_eq!(admin.outcome("saveCalendarDays", json!({"days": nameless})).await, "INVALID");
    let query = "mutation($input: SaveCalendarDaysInput!) { saveCalendarDays(input: $input) { done } }";
    assert_eq!(ann.refused(query, json!({"input": {"days": days}})).await, "FORBIDDEN");
    let read = ann.ask("{ settings { weeklyDaysOff claimOpens } calendarDays(from: \"2026-03-01\", to: \"2026-03-06\") { day isOff name } }").await;
    let friday = json!([{"day": "2026-03-06", "isOff": true, "name": "Foundation"}]);
    assert_eq!(
        read,
        json!({"settings": {"weeklyDaysOff": ["FRIDAY", "SUNDAY"], "claimOpens": null}, "calendarDays": friday})
    );
    world.assert_sound().await;
}
