//! Opportunities: the pipeline, the history of who changed what and when, adoption and closing.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use crate::support::{Person, World, pretty};

impl Person {
    /// Creates an opportunity; returns its id.
    pub async fn opportunity(&self, customer: &Json, amount: &str) -> Json {
        let input = json!({"customerId": customer, "expectedAmount": amount});
        let payload = self.act("createOpportunity", input, "opportunity { id }").await;
        assert_eq!(payload["userErrors"], json!([]));
        payload["opportunity"]["id"].clone()
    }

    /// Moves the given version of an opportunity to a stage; returns the refusal code.
    pub async fn move_to(&self, opportunity: &Json, version: i32, stage: &str) -> String {
        let mut input = json!({"opportunityId": opportunity, "version": version, "stage": stage});
        if stage == "LOST" {
            input["lostReason"] = json!("PRICE");
            input["lostRemark"] = json!("价格太高");
        }
        self.outcome("moveOpportunity", input).await
    }

    pub async fn see(&self, opportunity: &Json, selection: &str) -> Json {
        let query = format!("query($id: ID!) {{ opportunity(id: $id) {{ {selection} }} }}");
        self.data(&query, json!({"id": opportunity})).await["opportunity"].clone()
    }
}

const STORY: &str = "version stageCode stageKind isLive probability closedAt lostReason lostRemark
    stageVisits { stage { nameZh } enteredAt leftAt lostReason lostRemark movedBy { name } }
    history { stage { code } owner { name } expectedAmount { amount currency } probability lostReason lostRemark validFrom validTo changedBy { name } }";

#[tokio::test]
async fn an_opportunity_moves_through_the_pipeline_and_its_history_records_each_step() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let acme = json!(ann.create("Acme").await);
    let deal = ann.opportunity(&acme, "12000.5").await;
    world.advance(TimeDelta::hours(1));
    assert_eq!(ann.move_to(&deal, 1, "PROPOSAL").await, "");
    world.advance(TimeDelta::hours(1));
    let edit = json!({"opportunityId": deal, "version": 2, "expectedAmount": "9000", "probability": 65});
    assert_eq!(ann.outcome("updateOpportunity", edit).await, "");
    world.advance(TimeDelta::hours(1));
    assert_eq!(boss.move_to(&deal, 3, "LOST").await, "");
    world.advance(TimeDelta::hours(1));
    assert_eq!(ann.move_to(&deal, 4, "PROPOSAL").await, "", "what was lost can come back, and shows it");
    insta::assert_snapshot!(pretty(&ann.see(&deal, STORY).await));
}

#[tokio::test]
async fn invalid_input_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = json!(ann.create("Acme").await);
    let deal = ann.opportunity(&acme, "1").await;
    let cases = [
        ("createOpportunity", json!({"customerId": acme, "stage": "WON"}), "INVALID"),
        ("createOpportunity", json!({"customerId": acme, "stage": "NOWHERE"}), "INVALID"),
        ("createOpportunity", json!({"customerId": acme, "expectedAmount": "-1"}), "INVALID"),
        ("createOpportunity", json!({"customerId": acme, "expectedAmount": "0.001"}), "INVALID"),
        ("createOpportunity", json!({"customerId": acme, "expectedAmount": "1", "currency": "yuan"}), "INVALID"),
        ("createOpportunity", json!({"customerId": acme, "currency": "yuan"}), "INVALID"),
        ("createOpportunity", json!({"customerId": acme, "probability": 101}), "INVALID"),
        (
            "createOpportunity",
            json!({"customerId": acme, "expectedProductId": "product_00000000-0000-0000-0000-000000000000"}),
            "NOT_FOUND",
        ),
        ("moveOpportunity", json!({"opportunityId": deal, "version": 1, "stage": "LOST"}), "INVALID"),
        (
            "moveOpportunity",
            json!({"opportunityId": deal, "version": 1, "stage": "LOST", "lostReason": "x"}),
            "INVALID",
        ),
        (
            "moveOpportunity",
            json!({"opportunityId": deal, "version": 1, "stage": "WON", "lostReason": "PRICE"}),
            "INVALID",
        ),
        (
            "moveOpportunity",
            json!({"opportunityId": deal, "version": 1, "stage": "VOID", "lostReason": "PRICE"}),
            "INVALID",
        ),
        ("moveOpportunity", json!({"opportunityId": deal, "version": 1, "stage": "WON", "lostRemark": "x"}), "INVALID"),
        (
            "moveOpportunity",
            json!({"opportunityId": deal, "version": 1, "stage": "WON", "competitor": "ACME"}),
            "INVALID",
        ),
        ("createOpportunity", json!({"customerId": acme, "competitor": "NOBODY"}), "INVALID"),
        ("createOpportunity", json!({"customerId": acme, "name": "a\nb"}), "INVALID"),
        ("createOpportunity", json!({"customerId": acme, "name": "x".repeat(201)}), "INVALID"),
        ("updateOpportunity", json!({"opportunityId": deal, "version": 1, "note": "x".repeat(4_001)}), "INVALID"),
        ("moveOpportunity", json!({"opportunityId": deal, "version": 2, "stage": "WON"}), "CONFLICT"),
        ("updateOpportunity", json!({"opportunityId": deal, "version": 1, "probability": -1}), "INVALID"),
        (
            "updateOpportunity",
            json!({"opportunityId": deal, "version": 1, "expectedAmount": null, "currency": "cny"}),
            "INVALID",
        ),
    ];
    for (mutation, input, code) in cases {
        assert_eq!(ann.outcome(mutation, input.clone()).await, code, "{mutation} {input}");
    }
    assert_eq!(world.sql::<i64>("select count(*) from opportunity_history").await, 1);
}

#[tokio::test]
async fn a_currency_without_an_amount_is_validated_and_not_stored() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = json!(ann.create("Acme").await);
    let asked = "opportunity { id expectedAmount { amount currency } }";
    let input = json!({"customerId": acme, "currency": "USD"});
    let deal = ann.act("createOpportunity", input, asked).await["opportunity"].clone();
    assert_eq!(deal["expectedAmount"], Json::Null);
    let mut version = 0;
    let mut update = async |amount: Json, currency: Json| {
        version += 1;
        let input =
            json!({"opportunityId": deal["id"], "version": version, "expectedAmount": amount, "currency": currency});
        ann.act("updateOpportunity", input, asked).await["opportunity"]["expectedAmount"].clone()
    };
    assert_eq!(update(Json::Null, json!("EUR")).await, Json::Null);
    assert_eq!(update(json!("5"), Json::Null).await, json!({"amount": "5.00", "currency": "CNY"}), "none was kept");
    assert_eq!(update(json!("6"), json!("EUR")).await, json!({"amount": "6.00", "currency": "EUR"}));
    assert_eq!(update(Json::Null, json!("EUR")).await, Json::Null);
    let wrong = json!({"customerId": acme, "currency": "euro"});
    let refused = ann.act("createOpportunity", wrong, asked).await["userErrors"].clone();
    assert_eq!((&refused[0]["code"], &refused[0]["path"]), (&json!("INVALID"), &json!(["currency"])));
}

#[tokio::test]
async fn the_reason_of_a_loss_stays_readable_after_a_reopening() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = json!(ann.create("Acme").await);
    let deal = ann.opportunity(&acme, "1").await;
    for (version, stage, reason, remark) in [
        (1, "LOST", json!("PRICE"), json!(" too dear\r\nby half ")),
        (2, "LOST", json!("BUDGET"), json!("")),
        (3, "PROPOSAL", Json::Null, Json::Null),
        (4, "VOID", Json::Null, json!("a test")),
    ] {
        world.advance(TimeDelta::hours(1));
        let input = json!({"opportunityId": deal, "version": version, "stage": stage, "lostReason": reason, "lostRemark": remark});
        assert_eq!(ann.outcome("moveOpportunity", input).await, "", "{stage}");
    }
    let why = "lostReason lostRemark";
    let seen = ann.see(&deal, &format!("{why} stageVisits {{ {why} }} history {{ {why} }}")).await;
    let of = |reason: Json, remark: Json| json!({"lostReason": reason, "lostRemark": remark});
    let (none, budget, void) =
        (of(Json::Null, Json::Null), of(json!("BUDGET"), Json::Null), of(Json::Null, json!("a test")));
    let price = of(json!("PRICE"), json!("too dear\nby half"));
    assert_eq!(
        seen,
        json!({"lostReason": null, "lostRemark": "a test", "stageVisits": [none, budget, none, void],
               "history": [none, price, budget, none, void]})
    );
}

#[tokio::test]
async fn reasons_and_competitors_are_choices_that_administrators_keep() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let acme = json!(ann.create("Acme").await);
    let lose = |deal: &Json, version: i32, more: Json| {
        let mut input = json!({"opportunityId": deal, "version": version, "stage": "LOST"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let deal = ann.opportunity(&acme, "1").await;
    let refused = async |input: Json| {
        let errors = ann.act("moveOpportunity", input, "opportunity { version }").await["userErrors"].clone();
        let text =
            |error: &Json| format!("{} {}", error["path"][0].as_str().unwrap(), error["message"].as_str().unwrap());
        errors.as_array().unwrap().iter().map(text).collect::<Vec<_>>()
    };
    let codes = "PRICE, COMPETITOR, PRODUCT, BUDGET, CANCELLED, POSTPONED, NO_RESPONSE, OTHER";
    assert_eq!(
        refused(lose(&deal, 1, json!({}))).await,
        [format!("lostReason Choose the reason why the opportunity is lost: {codes}.")]
    );
    assert_eq!(
        refused(lose(&deal, 1, json!({"lostReason": "price", "competitor": "NOVA"}))).await,
        [
            format!("lostReason \"price\" is not one of the choices: {codes}."),
            "competitor \"NOVA\" is not one of the choices: there are none yet. An administrator adds them.".to_owned(),
        ]
    );
    let choice = |kind: &str, code: &str, active: bool| json!({"kind": kind, "code": code, "nameEn": code, "nameZh": code, "active": active});
    for (kind, code) in [("COMPETITOR", "NOVA"), ("COMPETITOR", "ORION"), ("LOST_REASON", "LATE")] {
        assert_eq!(admin.outcome("saveChoice", choice(kind, code, true)).await, "", "{code}");
    }
    let named = json!({"opportunityId": deal, "version": 1, "competitor": "ORION"});
    assert_eq!(ann.outcome("updateOpportunity", named).await, "");
    assert_eq!(ann.outcome("moveOpportunity", lose(&deal, 2, json!({"lostReason": "LATE"}))).await, "");
    let asked = "lostReason competitor version";
    let seen = ann.see(&deal, asked).await;
    assert_eq!(seen, json!({"lostReason": "LATE", "competitor": "ORION", "version": 3}), "the competitor stays");
    // Who won it is corrected without another end.
    let closed_at = ann.see(&deal, "closedAt").await;
    world.advance(TimeDelta::hours(1));
    let corrected = lose(&deal, 3, json!({"lostReason": "COMPETITOR", "competitor": "NOVA"}));
    assert_eq!(ann.outcome("moveOpportunity", corrected).await, "");
    let seen = ann.see(&deal, asked).await;
    assert_eq!(seen, json!({"lostReason": "COMPETITOR", "competitor": "NOVA", "version": 4}));
    assert_eq!(ann.see(&deal, "closedAt").await, closed_at);
    // What is switched off stays, and can't be given.
    for (kind, code) in [("COMPETITOR", "NOVA"), ("LOST_REASON", "LATE")] {
        assert_eq!(admin.outcome("saveChoice", choice(kind, code, false)).await, "", "{code}");
    }
    assert_eq!(ann.see(&deal, asked).await["competitor"], "NOVA");
    let other = ann.opportunity(&acme, "2").await;
    assert_eq!(ann.outcome("moveOpportunity", lose(&other, 1, json!({"lostReason": "LATE"}))).await, "INVALID");
    assert_eq!(ann.move_to(&deal, 4, "PROPOSAL").await, "");
    let kept = json!({"opportunityId": deal, "version": 5, "competitor": "NOVA", "note": "They come back."});
    assert_eq!(ann.outcome("updateOpportunity", kept).await, "", "it has this one already");
    let given = json!({"opportunityId": other, "version": 1, "competitor": "NOVA"});
    assert_eq!(ann.outcome("updateOpportunity", given).await, "INVALID");
}

#[tokio::test]
async fn an_opportunity_has_a_name_and_a_note_and_is_found_by_the_name() {
    let world = World::new().await;
    let (ann, ben) = (world.sales("Ann").await, world.sales("Ben").await);
    let acme = json!(ann.create("Acme").await);
    let input = json!({"customerId": acme, "name": " 海潮二期 Pumps ", "note": "The board decides.\r\nIn May."});
    let asked = "opportunity { id name note version }";
    let deal = ann.act("createOpportunity", input, asked).await["opportunity"].clone();
    let id = deal["id"].clone();
    assert_eq!(deal, json!({"id": id, "name": "海潮二期 Pumps", "note": "The board decides.\nIn May.", "version": 1}));
    ann.opportunity(&acme, "5").await;
    let listed = async |person: &Person, search: Json, filter: Json| {
        let query = "query($s: String, $f: OpportunityFilter) { opportunities(search: $s, filter: $f) { totalCount } }";
        person.data(query, json!({"s": search, "f": filter})).await["opportunities"]["totalCount"].clone()
    };
    for (text, count) in [("二期", 1), ("ＰＵＭＰ", 1), ("海", 1), ("P", 0), ("Acme", 0)] {
        assert_eq!(listed(&ann, json!(text), Json::Null).await, count, "{text}");
    }
    assert_eq!(listed(&ann, Json::Null, json!({"name": {"eq": "海潮二期 Pumps"}})).await, 1);
    assert_eq!(listed(&ann, Json::Null, json!({"name": {"isNull": true}})).await, 1);
    let hits = async |person: &Person, text: &str| {
        let query = "query($t: String!) { search(text: $t) { hits { kind title opportunity { id } } } }";
        person.data(query, json!({"t": text})).await["search"]["hits"].clone()
    };
    let hit = json!([{"kind": "OPPORTUNITY", "title": "海潮二期 Pumps", "opportunity": {"id": id}}]);
    assert_eq!(hits(&ann, "pumps").await, hit);
    assert_eq!(hits(&ben, "pumps").await, json!([]));
    // In the pool the name and the note are not seen, and nothing is found by them.
    world.advance(TimeDelta::hours(1));
    ann.release(&acme).await;
    world.advance(TimeDelta::days(3));
    let asked = "name note competitor lostReason lostRemark";
    let hidden = json!({"name": null, "note": null, "competitor": null, "lostReason": null, "lostRemark": null});
    assert_eq!(ben.see(&id, asked).await, hidden);
    assert_eq!(hits(&ben, "pumps").await, json!([]));
    assert_eq!(listed(&ben, json!("pumps"), Json::Null).await, 0);
    for field in ["name", "competitor", "lostReason"] {
        for is_null in [true, false] {
            assert_eq!(listed(&ben, Json::Null, json!({field: {"isNull": is_null}})).await, 0, "{field}");
        }
    }
    // A name is changed and taken away without a version of the history.
    ben.claim(&acme).await;
    assert_eq!(ben.outcome("adoptOpportunity", json!({"opportunityId": id, "version": 1})).await, "");
    let other = json!({"opportunityId": id, "version": 2, "name": "Phase 2", "note": null});
    assert_eq!(ben.outcome("updateOpportunity", other).await, "");
    assert_eq!(ben.see(&id, "name note history { validFrom }").await["history"].as_array().unwrap().len(), 2);
    let none = json!({"opportunityId": id, "version": 3, "name": "  "});
    assert_eq!(ben.outcome("updateOpportunity", none).await, "");
    assert_eq!(ben.see(&id, "name note").await, json!({"name": null, "note": null}));
}

#[tokio::test]
async fn the_next_owner_sees_and_adopts_open_opportunities_of_the_former_owner() {
    let world = World::new().await;
    let (ann, ben) = (world.sales("Ann").await, world.sales("Ben").await);
    let acme = json!(ann.create("Acme").await);
    let (first, second) = (ann.opportunity(&acme, "100").await, ann.opportunity(&acme, "200").await);
    world.advance(TimeDelta::hours(1));
    ann.release(&acme).await;
    world.advance(TimeDelta::days(3));
    // In the pool it shows the wanted products, and not who worked on it.
    let pooled =
        ben.see(&first, "expectedAmount { amount } probability owner { name } stageVisits { enteredAt }").await;
    assert_eq!(
        pooled,
        json!({"expectedAmount": {"amount": "100.00"}, "probability": null, "owner": null, "stageVisits": []})
    );
    assert_eq!(ben.outcome("adoptOpportunity", json!({"opportunityId": first, "version": 1})).await, "FORBIDDEN");
    ben.claim(&acme).await;
    let seen = ben.see(&first, "isLive owner { name } probability").await;
    assert_eq!(seen, json!({"isLive": false, "owner": {"name": "Ann"}, "probability": 10}));
    // She still owns the opportunity, but can only close it.
    assert_eq!(ben.move_to(&first, 1, "WON").await, "FORBIDDEN");
    assert_eq!(ann.move_to(&first, 1, "PROPOSAL").await, "NOT_LIVE");
    assert_eq!(ann.outcome("updateOpportunity", json!({"opportunityId": first, "version": 1})).await, "NOT_LIVE");
    assert_eq!(ann.move_to(&second, 1, "LOST").await, "");
    assert_eq!(ann.move_to(&second, 2, "PROPOSAL").await, "NOT_LIVE", "what is closed stays so");
    world.advance(TimeDelta::hours(1));
    let adopt = json!({"opportunityId": first, "version": 1});
    assert_eq!(ben.outcome("adoptOpportunity", adopt.clone()).await, "");
    assert_eq!(ben.outcome("adoptOpportunity", adopt).await, "", "what is theirs already is a success");
    assert_eq!(ben.outcome("adoptOpportunity", json!({"opportunityId": second, "version": 2})).await, "NOT_LIVE");
    let seen = ben
        .see(&first, "isLive owner { name } history { owner { name } changedBy { name } } stageVisits { leftAt }")
        .await;
    assert_eq!(
        seen,
        json!({"isLive": true, "owner": {"name": "Ben"}, "stageVisits": [{"leftAt": null}],
               "history": [{"owner": {"name": "Ann"}, "changedBy": {"name": "Ann"}}, {"owner": {"name": "Ben"}, "changedBy": {"name": "Ben"}}]})
    );
    assert_eq!(ann.see(&first, "stageCode").await, Json::Null, "and the former owner is out");
    assert_eq!(ann.see(&second, "stageCode").await["stageCode"], "LOST", "but for what stayed hers");
    let adoptions = async |person: &Person| {
        let query = "query($id: ID!) { customer(id: $id) { timeline(filter: {kind: {eq: ADOPTION}}) { edges { node { at opportunity { id } stage { code } } } } } }";
        person.data(query, json!({"id": acme})).await["customer"]["timeline"]["edges"].clone()
    };
    let at = world.clock.now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    assert_eq!(adoptions(&ben).await, json!([{"node": {"at": at, "opportunity": {"id": first}, "stage": null}}]));
    ben.release(&acme).await;
    assert_eq!(adoptions(&world.sales("Cara").await).await, json!([]), "not through the pool");
}

#[tokio::test]
async fn of_two_concurrent_moves_of_an_opportunity_one_is_refused() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let acme = json!(ann.create("Acme").await);
    for round in 0..10 {
        let deal = ann.opportunity(&acme, "100").await;
        world.advance(TimeDelta::seconds(1));
        let (mut one, mut other) = tokio::join!(ann.move_to(&deal, 1, "WON"), boss.move_to(&deal, 1, "LOST"));
        if other.is_empty() {
            std::mem::swap(&mut one, &mut other);
        }
        assert_eq!((one.as_str(), other.as_str()), ("", "CONFLICT"), "round {round}");
        assert_eq!(ann.see(&deal, "history { validFrom }").await["history"].as_array().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn the_database_refuses_gaps_and_overlaps_in_the_history() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = json!(ann.create("Acme").await);
    ann.opportunity(&acme, "100").await;
    // A change in the database itself is in the history too.
    world.advance(TimeDelta::hours(1));
    let change = "update sales_opportunity set amount = 7, updated_at = updated_at + interval '1 hour'";
    sqlx::query(change).execute(&world.db).await.unwrap();
    assert_eq!(world.sql::<i64>("select count(*) from opportunity_history").await, 2);
    for broken in [
        // A second open version, an overlap, a gap, an end without a successor, a change of a past version.
        "insert into opportunity_history select opportunity_id, customer_id, valid_from + interval '1 minute', null, stage, stage_kind, owner_user_id, amount, currency, close_date, probability, changed_by, lost_reason from opportunity_history where valid_to is null",
        "insert into opportunity_history select opportunity_id, customer_id, valid_from + interval '1 minute', valid_to, stage, stage_kind, owner_user_id, amount, currency, close_date, probability, changed_by, lost_reason from opportunity_history where valid_to is not null",
        "update opportunity_history set valid_to = valid_to - interval '1 minute' where valid_to is not null",
        "update opportunity_history set valid_to = valid_from + interval '1 minute' where valid_to is null",
        "update opportunity_history set valid_to = null where valid_to is not null",
        "update opportunity_history set valid_from = valid_from - interval '1 minute'",
        "update opportunity_history set amount = 8 where valid_to is not null",
        "update opportunity_history set amount = 8 where valid_to is null",
        "update opportunity_history set changed_by = null",
        "update opportunity_history set lost_reason = 'other'",
        "update opportunity_history set lost_remark = 'other'",
        "delete from opportunity_history",
        "delete from opportunity_history where valid_to is not null",
        "truncate opportunity_history",
        // A version can be closed if its successor follows.
        "with closed as (update opportunity_history set valid_to = valid_from + interval '1 minute' where valid_to is null returning *)
         insert into opportunity_history (opportunity_id, customer_id, valid_from, stage, stage_kind, owner_user_id, amount, probability)
         select opportunity_id, customer_id, valid_to, stage, stage_kind, owner_user_id, 8, probability from closed",
        "update sales_opportunity set stage = 'WON'",
        "update sales_opportunity set stage = 'LOST', stage_kind = 'LOST', closed_at = now(), updated_at = updated_at + interval '1 hour'",
    ] {
        let refused = sqlx::query(broken).execute(&world.db).await;
        assert!(refused.is_err(), "{broken}");
    }
}

#[tokio::test]
async fn opportunities_are_listed_for_users_who_may_see_them_and_filtered_by_owner_and_stage() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let (ann, ben) = (world.person("Ann", "sales", Some(&boss)).await, world.sales("Ben").await);
    let (acme, blue) = (json!(ann.create("Acme").await), json!(ben.create("Blue").await));
    ann.opportunity(&acme, "100").await;
    world.advance(TimeDelta::seconds(1));
    let lost = ann.opportunity(&acme, "300").await;
    ben.opportunity(&blue, "200").await;
    world.advance(TimeDelta::seconds(1));
    ann.move_to(&lost, 1, "LOST").await;
    let list = async |person: &Person, filter: Json| {
        let query = "query($f: OpportunityFilter) { opportunities(filter: $f) { totalCount edges { node { expectedAmount { amount } customer { name } } } } }";
        let read = person.data(query, json!({"f": filter})).await["opportunities"].clone();
        let amounts: Vec<_> = read["edges"]
            .as_array()
            .unwrap()
            .iter()
            .map(|edge| edge["node"]["expectedAmount"]["amount"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(read["totalCount"], amounts.len());
        amounts
    };
    assert_eq!(list(&ann, json!({})).await, ["300.00", "100.00"]);
    assert_eq!(list(&boss, json!({})).await, ["300.00", "100.00"]);
    assert_eq!(list(&ben, json!({})).await, ["200.00"]);
    assert_eq!(list(&ann, json!({"isLive": {"eq": true}})).await, ["100.00"]);
    assert_eq!(list(&ann, json!({"stageKind": {"eq": "LOST"}})).await, ["300.00"]);
    assert_eq!(list(&ann, json!({"expectedAmount": {"gt": "100", "lte": "300.00"}})).await, ["300.00"]);
    assert_eq!(list(&boss, json!({"ownerId": ann.gid()})).await.len(), 2);
    ben.release(&blue).await;
    assert_eq!(list(&ann, json!({})).await.len(), 3, "what a pooled customer once wanted");
    assert_eq!(list(&ann, json!({"ownerId": ben.gid()})).await.len(), 0, "but not whose it was");
}

#[tokio::test]
async fn administrators_manage_the_stages() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let stage = |code: &str, kind: &str, position: Json| json!({"code": code, "nameEn": "Trial", "nameZh": "试用", "kind": kind, "probability": 60, "position": position});
    assert_eq!(admin.outcome("saveOpportunityStage", stage("TRIAL", "OPEN", json!(4))).await, "");
    let codes = async || {
        let read = ann.ask("{ opportunityStages { code position } }").await["opportunityStages"].clone();
        let stages: Vec<_> = read
            .as_array()
            .unwrap()
            .iter()
            .map(|stage| format!("{} {}", stage["position"], stage["code"].as_str().unwrap()))
            .collect();
        stages.join(", ")
    };
    assert_eq!(
        codes().await,
        "1 PROSPECTING, 2 QUALIFICATION, 3 PROPOSAL, 4 TRIAL, 5 NEGOTIATION, 6 WON, 7 LOST, 8 VOID"
    );
    assert_eq!(admin.outcome("saveOpportunityStage", stage("TRIAL", "OPEN", json!(1))).await, "");
    assert!(codes().await.starts_with("1 TRIAL, 2 PROSPECTING"));
    let acme = json!(ann.create("Acme").await);
    let deal = ann.opportunity(&acme, "1").await;
    assert_eq!(ann.see(&deal, "stageCode probability").await, json!({"stageCode": "TRIAL", "probability": 60}));
    assert_eq!(admin.outcome("saveOpportunityStage", stage("TRIAL", "WON", json!(1))).await, "INVALID");
    assert_eq!(admin.outcome("saveOpportunityStage", stage("TRIAL", "OPEN", json!(9))).await, "INVALID");
    let mut off = stage("WON", "WON", Json::Null);
    off["isActive"] = json!(false);
    assert_eq!(admin.outcome("saveOpportunityStage", off.clone()).await, "INVALID", "the last of its kind");
    off = stage("TRIAL", "OPEN", Json::Null);
    off["isActive"] = json!(false);
    assert_eq!(admin.outcome("saveOpportunityStage", off).await, "");
    assert_eq!(ann.move_to(&deal, 1, "PROPOSAL").await, "");
    assert_eq!(ann.move_to(&deal, 2, "TRIAL").await, "INVALID", "one that is switched off takes no more");
}
