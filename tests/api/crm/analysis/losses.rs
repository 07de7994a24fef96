//! Why opportunities are lost, and to whom: figures by the choices, whose numbers are the rows of the ordinary list.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use crate::support::{Person, World};

/// An opportunity that is lost: its amount, its currency, the reason and the competitor.
async fn lose(
    person: &Person,
    customer: &Json,
    (amount, currency): (&str, &str),
    reason: &str,
    to: Option<&str>,
) -> Json {
    let mut input = json!({"customerId": customer, "currency": currency});
    if !amount.is_empty() {
        input["expectedAmount"] = json!(amount);
    }
    let deal = person.act("createOpportunity", input, "opportunity { id }").await["opportunity"]["id"].clone();
    let lost = json!({"opportunityId": deal, "version": 1, "stage": "LOST", "lostReason": reason, "competitor": to});
    assert_eq!(person.outcome("moveOpportunity", lost).await, "");
    deal
}

/// The groups of a figure as lines: the code, how many are lost, their amounts, how many are won.
async fn groups(person: &Person, by: &str) -> Vec<String> {
    let query = format!(
        "{{ winRate(from: \"2026-01-01\", to: \"2026-12-31\", by: {by}) {{
             groups {{ key {{ value }} lost won lostAmounts {{ amount currency }} }} total {{ lost won lostAmounts {{ amount currency }} }} }} }}"
    );
    let figure = person.ask(&query).await["winRate"].clone();
    let line = |code: &str, group: &Json| {
        let amounts = group["lostAmounts"].as_array().unwrap().iter();
        let amounts: String = amounts
            .map(|sum| format!(" {} {}", sum["amount"].as_str().unwrap(), sum["currency"].as_str().unwrap()))
            .collect();
        format!("{code}: {} lost{amounts}, {} won", group["lost"], group["won"])
    };
    let groups = figure["groups"].as_array().unwrap();
    let mut lines: Vec<_> = groups.iter().map(|group| line(group["key"]["value"].as_str().unwrap(), group)).collect();
    lines.sort();
    lines.push(line("total", &figure["total"]));
    lines
}

#[tokio::test]
async fn losses_are_counted_by_reason_and_competitor_and_each_number_is_the_rows_of_a_list() {
    let world = World::new().await;
    let admin = world.admin().await;
    for code in ["NOVA", "ORION"] {
        let choice = json!({"kind": "COMPETITOR", "code": code, "nameEn": code, "nameZh": code});
        assert_eq!(admin.outcome("saveChoice", choice).await, "");
    }
    let boss = world.person("Boss", "manager", None).await;
    let (ann, ben) = (world.person("Ann", "sales", Some(&boss)).await, world.person("Ben", "sales", Some(&boss)).await);
    let (acme, blue) = (json!(ann.create("Acme").await), json!(ben.create("Blue").await));
    world.advance(TimeDelta::hours(1));
    lose(&ann, &acme, ("100", "CNY"), "PRICE", Some("NOVA")).await;
    lose(&ann, &acme, ("50", "USD"), "PRICE", None).await;
    let reopened = lose(&ann, &acme, ("7", "CNY"), "BUDGET", Some("ORION")).await;
    let corrected = lose(&ben, &blue, ("30", "CNY"), "BUDGET", Some("ORION")).await;
    lose(&ben, &blue, ("", "CNY"), "COMPETITOR", Some("NOVA")).await;
    world.advance(TimeDelta::hours(1));
    // What is opened again counts nowhere, and a corrected reason counts as the new one.
    assert_eq!(ann.move_to(&reopened, 2, "PROPOSAL").await, "");
    let reason = json!({"opportunityId": corrected, "version": 2, "stage": "LOST", "lostReason": "PRODUCT"});
    assert_eq!(ben.outcome("moveOpportunity", reason).await, "");
    world.advance(TimeDelta::hours(1));
    let won = ann.opportunity(&acme, "900").await;
    let against = json!({"opportunityId": won, "version": 1, "competitor": "NOVA"});
    assert_eq!(ann.outcome("updateOpportunity", against).await, "");
    assert_eq!(ann.move_to(&won, 2, "WON").await, "");
    assert_eq!(
        groups(&boss, "LOST_REASON").await,
        [
            ": 0 lost, 1 won",
            "COMPETITOR: 1 lost, 0 won",
            "PRICE: 2 lost 100.00 CNY 50.00 USD, 0 won",
            "PRODUCT: 1 lost 30.00 CNY, 0 won",
            "total: 4 lost 130.00 CNY 50.00 USD, 1 won",
        ]
    );
    assert_eq!(
        groups(&boss, "COMPETITOR").await,
        [
            ": 1 lost 50.00 USD, 0 won",
            "NOVA: 2 lost 100.00 CNY, 1 won",
            "ORION: 1 lost 30.00 CNY, 0 won",
            "total: 4 lost 130.00 CNY 50.00 USD, 1 won",
        ]
    );
    assert_eq!(
        groups(&ben, "LOST_REASON").await,
        ["COMPETITOR: 1 lost, 0 won", "PRODUCT: 1 lost 30.00 CNY, 0 won", "total: 2 lost 30.00 CNY, 0 won"],
        "of one's own"
    );
    // The facts and the rows of a number.
    for (field, code, count) in [("lostReason", "PRICE", 2), ("lostReason", "BUDGET", 0), ("competitor", "NOVA", 2)] {
        let query = "query($f: OpportunityFilter, $s: SalesFactFilter) {
            opportunities(filter: $f) { totalCount } salesFacts(filter: $s) { edges { node { n } } } }";
        let closed = json!({"gte": "2026-01-01T00:00:00+08:00", "lt": "2027-01-01T00:00:00+08:00"});
        let rows = json!({field: {"eq": code}, "stageKind": {"eq": "LOST"}, "closedAt": closed});
        let facts = json!({"subject": {"eq": "OUTCOME"}, "detail": {"eq": "LOST"}, field: {"eq": code}, "at": closed});
        let read = boss.data(query, json!({"f": rows, "s": facts})).await;
        assert_eq!(read["opportunities"]["totalCount"], count, "{field} {code}");
        let facts = read["salesFacts"]["edges"].as_array().unwrap();
        let sum: i64 = facts.iter().map(|fact| fact["node"]["n"].as_i64().unwrap()).sum();
        assert_eq!(sum, count, "{field} {code}");
    }
    let query = "{ lifetimeValue(asOf: \"2026-12-31\", by: LOST_REASON) { groupCount } }";
    assert_eq!(boss.refused(query, json!({})).await, "BAD_USER_INPUT");
}
