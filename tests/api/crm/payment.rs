//! Payments, reversals, instalments and what is left to pay; who confirms money; and goods that are shipped before they are paid.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value as Json, json};

use crate::crm::analysis::assert_ledger;
use crate::support::{Person, World};

const PAYMENTS: &str = "status version paymentStatus paidAmount { amount } paidAt
    payments { id kind amount { amount currency } receivedAt method reference recordedBy { name } recordedAt reversesId reversedById }";

impl Person {
    /// Records a payment of the present version of an order, given more of the input; returns the refusal code.
    async fn pay(&self, order: &Json, more: Json) -> String {
        self.of_order("recordPayment", order, more).await
    }

    async fn of_order(&self, mutation: &str, order: &Json, more: Json) -> String {
        let version = self.see_order(order, "version").await["version"].clone();
        let mut input = json!({"orderId": order, "version": version});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.outcome(mutation, input).await
    }

    /// The code with which a mutation of an order is refused to somebody who has no right to it on any order.
    async fn denied(&self, mutation: &str, order: &Json, more: Json) -> String {
        let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let query = format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}");
        let mut input = json!({"orderId": order, "version": 1});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.refused(&query, json!({"input": input})).await
    }

    async fn reverse(&self, order: &Json, payment: &Json) -> String {
        self.of_order("reversePayment", order, json!({"paymentId": payment, "reason": "a mistake"})).await
    }

    async fn schedule(&self, order: &Json, instalments: Json) -> String {
        self.of_order("setInstalments", order, json!({"instalments": instalments})).await
    }

    /// The instalments of an order: when they are due, of how much, and how much is paid.
    async fn instalments(&self, order: &Json) -> Vec<String> {
        let seen =
            self.see_order(order, "instalments { dueOn amount { amount } paidAmount { amount } isRetention }").await;
        let text = |part: &Json| {
            let [due, amount, paid] = [&part["dueOn"], &part["amount"]["amount"], &part["paidAmount"]["amount"]]
                .map(|json| json.as_str().unwrap().to_owned());
            format!("{due} {paid} of {amount}{}", if part["isRetention"] == true { " kept back" } else { "" })
        };
        seen["instalments"].as_array().unwrap().iter().map(text).collect()
    }

    /// The numbers of orders that a filter finds, and the sums of these.
    async fn due(&self, filter: Json) -> (Vec<String>, Json) {
        let query = "query($f: OrderFilter) { orders(filter: $f) { edges { node { orderNo } } }
            orderTotals(filter: $f) { orders currencies { currency orders totalAmount { amount } paidAmount { amount } openAmount { amount }
                unscheduledAmount { amount } notDueAmount { amount } overdueAmount { amount } overdue30Amount { amount }
                overdue60Amount { amount } overdue90Amount { amount } overdueLongerAmount { amount } } } }";
        let seen = self.data(query, json!({"f": filter})).await;
        let numbers = seen["orders"]["edges"].as_array().unwrap().iter();
        let mut numbers: Vec<_> = numbers.map(|edge| edge["node"]["orderNo"].as_str().unwrap().to_owned()).collect();
        numbers.sort();
        (numbers, seen["orderTotals"].clone())
    }
}

fn iso(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// The amounts of the only currency, without zeros.
fn amounts(totals: &Json) -> String {
    let of = totals["currencies"][0].as_object().unwrap().iter();
    let mut named: Vec<_> = of
        .filter_map(|(name, value)| Some((name.trim_end_matches("Amount"), value["amount"].as_str()?)))
        .filter(|(_, amount)| *amount != "0.00")
        .map(|(name, amount)| format!("{name} {amount}"))
        .collect();
    named.sort();
    named.join(", ")
}

#[tokio::test]
async fn payments_are_rows_that_stay_and_one_that_was_a_mistake_is_taken_back() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let (ann, fin) = (world.person("Ann", "sales", Some(&boss)).await, world.person("Fin", "finance", None).await);
    let (acme, pump) = (json!(ann.create("Acme").await), world.product("PUMP", "100").await);
    let order = ann.order(&acme, &pump, json!({})).await;
    world.advance(TimeDelta::days(2));
    let yesterday = world.clock.now() - TimeDelta::days(1);
    let transfer =
        json!({"amount": "30", "receivedAt": iso(yesterday), "method": "BANK_TRANSFER", "reference": "TT-1"});
    assert_eq!(fin.pay(&order, transfer).await, "");
    let seen = fin.see_order(&order, PAYMENTS).await;
    let first = seen["payments"][0].clone();
    assert_eq!((&seen["status"], &seen["paymentStatus"]), (&json!("PENDING"), &json!("PARTLY_PAID")));
    assert_eq!(
        (&first["kind"], &first["method"], &first["reference"], &first["recordedBy"]["name"]),
        (&json!("PAYMENT"), &json!("BANK_TRANSFER"), &json!("TT-1"), &json!("Fin"))
    );
    assert_eq!(first["receivedAt"], iso(yesterday));
    // The same request again records nothing.
    let again = json!({"orderId": order, "version": 1, "amount": "30"});
    assert_eq!(fin.outcome("recordPayment", again).await, "CONFLICT");
    for (more, refusal) in [
        (json!({"amount": "70.01"}), "INVALID"),
        (json!({"amount": "0"}), "INVALID"),
        (json!({"amount": "1", "receivedAt": iso(world.clock.now() + TimeDelta::hours(1))}), "INVALID"),
        (json!({"amount": "1", "receivedAt": iso(world.clock.now() - TimeDelta::days(367))}), "INVALID"),
        (json!({"amount": "1", "reference": "9".repeat(101)}), "INVALID"),
    ] {
        assert_eq!(fin.pay(&order, more.clone()).await, refusal, "{more}");
    }
    assert_eq!(fin.pay(&order, json!({})).await, "");
    let seen = fin.see_order(&order, PAYMENTS).await;
    assert_eq!((&seen["status"], &seen["paymentStatus"]), (&json!("PAID"), &json!("PAID")));
    assert_eq!(seen["paidAt"], seen["payments"][1]["receivedAt"], "the last payment makes it whole");
    // Only a superior or finance takes back what was recorded, and the order is pending again.
    let back = json!({"paymentId": first["id"], "reason": "a mistake"});
    assert_eq!(ann.denied("reversePayment", &order, back).await, "FORBIDDEN");
    assert_eq!(fin.reverse(&order, &first["id"]).await, "");
    let seen = fin.see_order(&order, PAYMENTS).await;
    assert_eq!((&seen["status"], &seen["paidAmount"]["amount"]), (&json!("PENDING"), &json!("70.00")));
    assert_eq!(seen["paidAt"], Json::Null);
    let [back, paid] = [&seen["payments"][2], &seen["payments"][0]];
    assert_eq!((&back["kind"], &back["amount"]["amount"]), (&json!("REVERSAL"), &json!("-30.00")));
    assert_eq!((&back["reversesId"], &paid["reversedById"]), (&paid["id"], &back["id"]));
    assert_eq!(back["receivedAt"], paid["receivedAt"], "the day of the payment loses it");
    let (version, reversal) = (seen["version"].clone(), back["id"].clone());
    assert_eq!(fin.reverse(&order, &first["id"]).await, "", "twice is once");
    assert_eq!(fin.see_order(&order, "version").await["version"], version);
    assert_eq!(fin.reverse(&order, &reversal).await, "INVALID", "a reversal is not reversed");
    let other = ann.order(&acme, &pump, json!({})).await;
    assert_eq!(fin.reverse(&other, &seen["payments"][1]["id"]).await, "NOT_FOUND");
    let steps =
        fin.see_order(&order, "steps { action amount { amount } remark operator { name } }").await["steps"].clone();
    let told =
        |step: &Json| [&step["action"], &step["amount"]["amount"], &step["remark"]].map(ToString::to_string).join(" ");
    assert_eq!(
        steps.as_array().unwrap().iter().map(told).collect::<Vec<_>>(),
        [
            "\"CREATE\" null null",
            "\"PAY\" \"30.00\" null",
            "\"PAY\" \"70.00\" null",
            "\"REVERSE\" \"30.00\" \"a mistake\"",
        ]
    );
    assert_ledger(&world).await;
    // A refund pays back what stands.
    assert_eq!(fin.of_order("advanceOrder", &order, json!({"action": "REFUND"})).await, "");
    let seen = fin.see_order(&order, PAYMENTS).await;
    assert_eq!(
        (&seen["payments"][3]["kind"], &seen["payments"][3]["amount"]["amount"]),
        (&json!("REFUND"), &json!("-70.00"))
    );
    assert_eq!(fin.reverse(&order, &seen["payments"][1]["id"]).await, "STEP_NOT_ALLOWED");
    assert_ledger(&world).await;
    let received = "select coalesce(sum(amount), 0)::text from sales_fact where subject = 'CASH'";
    assert_eq!(world.sql::<String>(received).await, "0.00");
    world.assert_sound().await;
}

#[tokio::test]
async fn instalments_are_the_total_and_payments_pay_them_in_their_order() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let (acme, pump) = (json!(ann.create("Acme").await), world.product("PUMP", "1000").await);
    let order = ann.order(&acme, &pump, json!({"orderNo": "PARTS"})).await;
    let shares = json!([
        {"dueOn": "2026-03-10", "share": "30"},
        {"dueOn": "2026-04-10", "share": "60"},
        {"dueOn": "2027-03-10", "share": "10", "isRetention": true}
    ]);
    assert_eq!(ann.schedule(&order, shares.clone()).await, "");
    assert_eq!(
        ann.instalments(&order).await,
        ["2026-03-10 0.00 of 300.00", "2026-04-10 0.00 of 600.00", "2027-03-10 0.00 of 100.00 kept back"]
    );
    for (wrong, at) in [
        (json!([{"dueOn": "2026-03-10", "share": "30"}]), "together"),
        (json!([{"dueOn": "2026-03-10", "amount": "999.99"}]), "total"),
        (json!([{"dueOn": "2026-03-10"}]), "neither"),
        (json!([{"dueOn": "2026-03-10", "share": "50", "amount": "500"}]), "both"),
        (json!([{"dueOn": "2026-03-10", "share": "50"}, {"dueOn": "2026-03-11", "amount": "500"}]), "mixed"),
        (json!([{"dueOn": "2026-03-10", "share": "50"}, {"dueOn": "2026-03-09", "share": "50"}]), "order"),
        (json!([{"dueOn": "2026-03-10", "amount": "1001"}, {"dueOn": "2026-03-10", "amount": "-1"}]), "negative"),
    ] {
        assert_eq!(ann.schedule(&order, wrong).await, "INVALID", "{at}");
    }
    // Other lines: shares follow.
    let half = json!({"lines": [{"productId": pump, "quantity": "0.5"}]});
    assert_eq!(ann.of_order("updateOrder", &order, half).await, "");
    assert_eq!(
        ann.instalments(&order).await,
        ["2026-03-10 0.00 of 150.00", "2026-04-10 0.00 of 300.00", "2027-03-10 0.00 of 50.00 kept back"]
    );
    assert_eq!(ann.pay(&order, json!({"amount": "200"})).await, "");
    assert_eq!(
        ann.instalments(&order).await,
        ["2026-03-10 150.00 of 150.00", "2026-04-10 50.00 of 300.00", "2027-03-10 0.00 of 50.00 kept back"]
    );
    assert_eq!(ann.see_order(&order, "nextDueOn").await["nextDueOn"], "2026-04-10");
    // Fixed amounts do not follow.
    let fixed = ann.order(&acme, &pump, json!({"orderNo": "FIXED"})).await;
    assert_eq!(ann.schedule(&fixed, json!([{"dueOn": "2026-03-10", "amount": "1000"}])).await, "");
    let double = json!({"lines": [{"productId": pump, "quantity": "2"}]});
    assert_eq!(ann.of_order("updateOrder", &fixed, double.clone()).await, "INVALID");
    assert_eq!(ann.schedule(&fixed, json!([])).await, "");
    assert_eq!(ann.of_order("updateOrder", &fixed, double).await, "");
    assert!(ann.instalments(&fixed).await.is_empty());
    let steps = ann.see_order(&fixed, "steps { action }").await;
    let actions: Vec<_> = steps["steps"].as_array().unwrap().iter().map(|step| step["action"].clone()).collect();
    assert_eq!(actions, ["CREATE", "SCHEDULE", "SCHEDULE", "CHANGE_LINES"]);
    // The database holds the sum, no matter who writes.
    for statement in [
        "delete from instalment where position = 3",
        "update instalment set amount = 1",
        "insert into instalment (order_id, position, due_on, amount, is_retention) select id, 1, '2026-03-01', 1, false from sales_order where order_no = 'FIXED'",
        "update sales_order set next_due_on = '2026-01-01', status = 'CANCELLED', closed_at = now() where order_no = 'FIXED'",
    ] {
        let refused = sqlx::query(statement).execute(&world.db).await;
        assert!(matches!(refused, Err(sqlx::Error::Database(_))), "{statement}");
    }
    assert_eq!(ann.of_order("advanceOrder", &order, json!({"action": "REFUND"})).await, "");
    assert_eq!(ann.see_order(&order, "nextDueOn").await["nextDueOn"], Json::Null);
    assert_eq!(ann.schedule(&order, shares).await, "STEP_NOT_ALLOWED");
}

#[tokio::test]
async fn what_is_left_to_pay_is_found_and_summed_by_how_long_it_is_overdue() {
    let world = World::new().await;
    let (ann, ben) = (world.sales("Ann").await, world.sales("Ben").await);
    let fin = world.person("Fin", "finance", None).await;
    let (acme, blue) = (json!(ann.create("Acme").await), json!(ben.create("Blue").await));
    let pump = world.product("PUMP", "1000").await;
    // 2026-03-02 is a Monday, and the first day of the test.
    let parts = ann.order(&acme, &pump, json!({"orderNo": "PARTS"})).await;
    let all = json!([{"dueOn": "2026-03-02", "amount": "300"}, {"dueOn": "2026-03-12", "amount": "600"}, {"dueOn": "2027-03-02", "amount": "100"}]);
    assert_eq!(ann.schedule(&parts, all).await, "");
    ann.order(&acme, &pump, json!({"orderNo": "OPEN"})).await;
    let gone = ann.order(&acme, &pump, json!({"orderNo": "GONE"})).await;
    assert_eq!(ann.schedule(&gone, json!([{"dueOn": "2026-03-02", "share": "100"}])).await, "");
    assert_eq!(ann.advance(&gone, 2, "CANCEL").await, "");
    let other = ben.order(&blue, &pump, json!({"orderNo": "BEN'S"})).await;
    assert_eq!(ben.schedule(&other, json!([{"dueOn": "2026-03-03", "share": "100"}])).await, "");

    let (found, _) = fin.due(json!({"instalmentDue": "TODAY"})).await;
    assert_eq!(found, ["PARTS"]);
    assert!(fin.due(json!({"instalmentDue": "OVERDUE"})).await.0.is_empty());
    world.advance(TimeDelta::days(1));
    let (found, totals) = fin.due(json!({"instalmentDue": "OVERDUE"})).await;
    assert_eq!(found, ["PARTS"]);
    assert_eq!(amounts(&totals), "notDue 700.00, open 1000.00, overdue 300.00, overdue30 300.00, total 1000.00");
    assert_eq!(fin.see_order(&parts, "overdueAmount { amount }").await["overdueAmount"]["amount"], "300.00");
    assert_eq!(fin.pay(&parts, json!({"amount": "250"})).await, "");
    world.advance(TimeDelta::days(45));
    let (found, totals) = fin.due(json!({"instalmentDue": "OVERDUE"})).await;
    assert_eq!(found, ["BEN'S", "PARTS"]);
    assert_eq!(totals["orders"], 2);
    assert_eq!(
        amounts(&totals),
        "notDue 100.00, open 1750.00, overdue 1650.00, overdue60 1650.00, paid 250.00, total 2000.00"
    );
    world.advance(TimeDelta::days(50));
    // Everything that one may see: what has no instalments is nobody's fault, and what was cancelled is not asked for.
    let (found, totals) = ann.due(json!({})).await;
    assert_eq!(found, ["GONE", "OPEN", "PARTS"]);
    assert_eq!(
        amounts(&totals),
        "notDue 100.00, open 1750.00, overdue 650.00, overdue90 600.00, overdueLonger 50.00, paid 250.00, total 3000.00, unscheduled 1000.00"
    );
    assert_eq!(fin.due(json!({"paymentStatus": {"eq": "PARTLY_PAID"}})).await.0, ["PARTS"]);
    assert_eq!(fin.due(json!({"nextDueOn": {"lte": "2026-03-10"}})).await.0, ["BEN'S", "PARTS"]);
    let nobody = world.person("Hana", "hr", None).await;
    assert_eq!(nobody.ask("{ orderTotals { orders } }").await["orderTotals"], Json::Null);
}

#[tokio::test]
async fn a_company_may_keep_selling_apart_from_confirming_money() {
    let world = World::new().await;
    let (admin, boss) = (world.admin().await, world.person("Boss", "manager", None).await);
    let (ann, fin) = (world.person("Ann", "sales", Some(&boss)).await, world.person("Fin", "finance", None).await);
    let (acme, pump) = (json!(ann.create("Acme").await), world.product("PUMP", "100").await);
    let order = ann.order(&acme, &pump, json!({})).await;
    assert_eq!(ann.pay(&order, json!({"amount": "10"})).await, "", "in a small company one person does both");
    assert_eq!(admin.outcome("updateSettings", json!({"sellersRecordPayments": false})).await, "");
    assert_eq!(admin.ask("{ settings { sellersRecordPayments } }").await["settings"]["sellersRecordPayments"], false);
    assert_eq!(ann.pay(&order, json!({"amount": "10"})).await, "STEP_NOT_ALLOWED");
    for action in ["PAY", "REFUND"] {
        assert_eq!(
            ann.of_order("advanceOrder", &order, json!({"action": action})).await,
            "STEP_NOT_ALLOWED",
            "{action}"
        );
    }
    // Neither does a superior for what they sold.
    let blue = json!(boss.create("Blue").await);
    let own = boss.order(&blue, &pump, json!({})).await;
    assert_eq!(boss.pay(&own, json!({})).await, "STEP_NOT_ALLOWED");
    let steps = ann.see_order(&order, "nextSteps { action obstacle }").await["nextSteps"].clone();
    let refused = json!([{"action": "PAY", "obstacle": "OWN_SALE"}, {"action": "SHIP", "obstacle": "UNPAID"}, {"action": "REFUND", "obstacle": "OWN_SALE"}]);
    assert_eq!(steps, refused);
    assert_eq!(boss.pay(&order, json!({"amount": "10"})).await, "");
    assert_eq!(fin.pay(&own, json!({})).await, "");
    let steps = fin.see_order(&order, "nextSteps { action obstacle }").await["nextSteps"].clone();
    assert_eq!(steps, json!([{"action": "PAY", "obstacle": null}, {"action": "REFUND", "obstacle": null}]));
    assert_eq!(fin.pay(&order, json!({})).await, "");
    // What finance does not do: sell, schedule, ship.
    assert_eq!(fin.denied("setInstalments", &order, json!({"instalments": []})).await, "FORBIDDEN");
    assert_eq!(fin.denied("advanceOrder", &order, json!({"action": "SHIP"})).await, "FORBIDDEN");
    assert_eq!(ann.of_order("advanceOrder", &order, json!({"action": "SHIP"})).await, "");
}

#[tokio::test]
async fn a_superior_ships_before_the_payment_which_comes_later_or_never() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let (acme, pump) = (json!(ann.create("Acme").await), world.product("PUMP", "100").await);
    let (paid, never) = (ann.order(&acme, &pump, json!({})).await, ann.order(&acme, &pump, json!({})).await);
    let steps = "nextSteps { action obstacle }";
    let steps_of = async |who: &Person, order: &Json| {
        let seen = who.see_order(order, steps).await["nextSteps"].clone();
        let told = |step: &Json| {
            [&step["action"], &step["obstacle"]].map(|word| word.as_str().unwrap_or("-").to_owned()).join(" ")
        };
        seen.as_array().unwrap().iter().map(told).collect::<Vec<_>>()
    };
    assert_eq!(steps_of(&ann, &paid).await, ["PAY -", "SHIP UNPAID", "CANCEL -"]);
    assert_eq!(steps_of(&boss, &paid).await, ["PAY -", "SHIP -", "CANCEL -"]);
    for order in [&paid, &never] {
        assert_eq!(ann.advance(order, 1, "SHIP").await, "STEP_NOT_ALLOWED");
        assert_eq!(boss.advance(order, 1, "SHIP").await, "");
        assert_eq!(ann.advance(order, 2, "DELIVER").await, "");
    }
    let seen = ann.see_order(&paid, "status paymentStatus paidAt").await;
    assert_eq!(seen, json!({"status": "DELIVERED", "paymentStatus": "UNPAID", "paidAt": null}));
    assert_eq!(ann.pay(&paid, json!({"amount": "90"})).await, "");
    assert_eq!(ann.pay(&paid, json!({})).await, "");
    let seen = ann.see_order(&paid, PAYMENTS).await;
    assert_eq!((&seen["status"], &seen["paymentStatus"]), (&json!("DELIVERED"), &json!("PAID")));
    assert_eq!(boss.reverse(&paid, &seen["payments"][1]["id"]).await, "");
    let seen = ann.see_order(&paid, "status paymentStatus paidAt").await;
    assert_eq!(seen, json!({"status": "DELIVERED", "paymentStatus": "PARTLY_PAID", "paidAt": null}));
    assert_eq!(ann.of_order("advanceOrder", &never, json!({"action": "REFUND"})).await, "STEP_NOT_ALLOWED");
    assert_eq!(ann.of_order("advanceOrder", &never, json!({"action": "CANCEL"})).await, "");
    assert_ledger(&world).await;
    // A departure names what is still to be paid.
    let hr = world.person("Hedy", "hr", None).await;
    let query = "query($id: ID!) { previewDeparture(userId: $id) { unpaidOrders } }";
    assert_eq!(hr.data(query, json!({"id": ann.gid()})).await["previewDeparture"]["unpaidOrders"], 1);
    world.assert_sound().await;
}

#[tokio::test]
async fn payments_follow_the_customer_of_their_order() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let (stays, goes, pump) =
        (json!(ann.create("Acme").await), json!(ann.create("Blue").await), world.product("PUMP", "100").await);
    let order = ann.order(&goes, &pump, json!({})).await;
    assert_eq!(ann.pay(&order, json!({"amount": "40"})).await, "");
    let merge = json!({"survivorId": stays, "mergedId": goes});
    assert_eq!(admin.outcome("mergeCustomers", merge).await, "");
    let kept = "select count(*) from payment p join customer c on c.id = p.customer_id where c.name = 'Acme'";
    assert_eq!(world.sql::<i64>(kept).await, 1);
    assert_eq!(ann.pay(&order, json!({})).await, "");
    assert_eq!(ann.see_order(&order, "status").await["status"], "PAID");
    world.assert_sound().await;
}
