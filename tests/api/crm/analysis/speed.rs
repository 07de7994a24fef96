//! How fast opportunities turn into money: velocity, cycle and forecast.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use crate::support::World;

#[tokio::test]
async fn velocity_is_the_product_of_its_factors_and_says_nothing_of_few() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = json!(ann.create("Acme").await);
    for _ in 0..3 {
        ann.opportunity(&acme, "1000").await;
    }
    let close = async |stage: &str, count: usize| {
        for _ in 0..count {
            let deal = ann.opportunity(&acme, "300").await;
            world.advance(TimeDelta::hours(12));
            assert_eq!(ann.move_to(&deal, 1, stage).await, "");
        }
    };
    close("WON", 15).await;
    close("LOST", 4).await;
    let query = "{ salesVelocity(asOf: \"2026-12-31\", by: USER) { groups { key { user { name } } open } total { open
        velocities { currency open winRate { hits of } averageWon cycleDays perDay wonPerDay } } } }";
    let velocity = async || ann.ask(query).await["salesVelocity"].clone();
    let few = velocity().await;
    assert_eq!(few["groups"], json!([{"key": {"user": {"name": "Ann"}}, "open": 3}]));
    assert_eq!(few["total"]["velocities"][0]["perDay"], Json::Null, "19 were decided: {few}");
    close("LOST", 1).await;
    // 3 open, three quarters won, 300.00 each, in half a day.
    let wanted = json!({"currency": "CNY", "open": 3, "winRate": {"hits": 15, "of": 20}, "averageWon": "300.00",
        "cycleDays": "0.50", "perDay": "1350.00", "wonPerDay": "12.33"});
    assert_eq!(velocity().await["total"], json!({"open": 3, "velocities": [wanted]}));
    let long_ago = query.replace("2026-12-31", "2025-12-31");
    assert_eq!(ann.ask(&long_ago).await["salesVelocity"]["total"], json!({"open": 0, "velocities": []}));
    assert_eq!(ann.refused(&query.replace("USER", "STAGE"), json!({})).await, "BAD_USER_INPUT");
}

#[tokio::test]
async fn a_cycle_has_the_median_of_the_ends_that_stand() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = json!(ann.create("Acme").await);
    let close = async |stage: &str, days: i64| {
        let deal = ann.opportunity(&acme, "300").await;
        world.advance(TimeDelta::days(days));
        assert_eq!(ann.move_to(&deal, 1, stage).await, "");
        deal
    };
    for days in [10, 1, 3, 2, 4] {
        close("WON", days).await;
    }
    let lost = close("LOST", 7).await;
    let query = "{ salesCycle(from: \"2026-03-01\", to: \"2026-12-31\", by: USER) { groups { key { user { name } } toWin { count median } }
        total { toWin { count mean median p75 p90 } toLoss { count mean median } } } }";
    let cycle = ann.ask(query).await["salesCycle"].clone();
    assert_eq!(cycle["groups"], json!([{"key": {"user": {"name": "Ann"}}, "toWin": {"count": 5, "median": "3.00"}}]));
    let to_win = json!({"count": 5, "mean": "4.00", "median": "3.00", "p75": "4.00", "p90": "7.60"});
    let to_loss = json!({"count": 1, "mean": "7.00", "median": "7.00"});
    assert_eq!(cycle["total"], json!({"toWin": to_win, "toLoss": to_loss}));
    assert_eq!(ann.move_to(&lost, 2, "PROPOSAL").await, "");
    let reopened = ann.ask(query).await["salesCycle"]["total"]["toLoss"].clone();
    assert_eq!(reopened, json!({"count": 0, "mean": null, "median": null}));
}

#[tokio::test]
async fn a_forecast_puts_the_pipeline_into_the_months_ahead() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = json!(ann.create("Acme").await);
    let expects = async |amount: &str, close: Option<&str>| {
        let deal = json!({"customerId": acme, "expectedAmount": amount, "currency": "CNY", "expectedCloseDate": close});
        let payload = ann.act("createOpportunity", deal, "opportunity { id }").await;
        assert_eq!(payload["userErrors"], json!([]));
        payload["opportunity"]["id"].clone()
    };
    expects("1000", Some("2026-03-31")).await;
    let won = expects("300", Some("2026-05-01")).await;
    expects("2000", Some("2026-05-31")).await;
    expects("40", Some("2027-03-01")).await;
    expects("5", None).await;
    world.advance(TimeDelta::days(2));
    assert_eq!(ann.move_to(&won, 1, "WON").await, "");
    let forecast = async |day: &str| {
        let query = format!(
            "{{ forecast(asOf: \"{day}\", by: USER) {{ groups {{ key {{ user {{ name }} }} open }} total {{ open
                months {{ month currency count closed open weighted }} overdue {{ amount }} later {{ amount }} undated {{ amount }} }} }} }}"
        );
        ann.ask(&query).await["forecast"].clone()
    };
    let march = forecast("2026-03-31").await;
    assert_eq!(march["groups"], json!([{"key": {"user": {"name": "Ann"}}, "open": 4}]));
    let month = |month: &str, count: i64, amounts: [&str; 3]| {
        let [closed, open, weighted] = amounts;
        json!({"month": month, "currency": "CNY", "count": count, "closed": closed, "open": open, "weighted": weighted})
    };
    let ahead = json!([
        month("2026-03-01", 1, ["300.00", "1000.00", "100.00"]),
        month("2026-05-01", 1, ["0.00", "2000.00", "200.00"])
    ]);
    let amounts = |amount: &str| json!([{"amount": amount}]);
    let total = |months: &Json, overdue: &Json, later: &Json| json!({"open": 4, "months": months, "overdue": overdue, "later": later, "undated": amounts("5.00")});
    assert_eq!(march["total"], total(&ahead, &json!([]), &amounts("40.00")));
    // In April what was expected in March is overdue, and March of the next year is the last month.
    let months = json!([
        month("2026-05-01", 1, ["0.00", "2000.00", "200.00"]),
        month("2027-03-01", 1, ["0.00", "40.00", "4.00"])
    ]);
    assert_eq!(forecast("2026-04-01").await["total"], total(&months, &amounts("1000.00"), &json!([])));
    // As of the day before, there was nothing.
    let before = json!({"open": 0, "months": [], "overdue": [], "later": [], "undated": []});
    assert_eq!(forecast("2026-03-01").await["total"], before);
}
