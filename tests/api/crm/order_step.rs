//! The steps of an order: which are allowed in which status, partial payments, permissions, adoption and races.

use std::fmt::Write;

use chrono::TimeDelta;
use serde_json::{Value as Json, json};
use tidepool::kernel::id::new_uuid;

use crate::crm::order::line;
use crate::support::{Person, World, pretty};

/// An order in the given status, written to the database directly.
pub async fn order_at(world: &World, customer: &Json, owner: &Person, status: &str, paid: &str) -> Json {
    let (id, now) = (new_uuid(world.clock.now()), world.clock.now());
    let customer: uuid::Uuid = customer.as_str().unwrap().trim_start_matches("customer_").parse().unwrap();
    let came_to = |statuses: &[&str]| statuses.contains(&status).then_some(now);
    let mut db = world.db.begin().await.unwrap();
    sqlx::query(
        "insert into sales_order (id, order_no, customer_id, sold_by_user_id, owner_user_id, currency, ordered_at, created_at, updated_at)
         values ($1, $1::text, $2, $3, $3, 'CNY', $4, $4, $4)",
    )
    .bind(id).bind(customer).bind(owner.id.uuid()).bind(now).execute(&mut *db).await.unwrap();
    sqlx::query(
        "insert into order_product (order_id, position, product_id, quantity, unit_price) select $1, 1, id, 1, 100 from product limit 1",
    )
    .bind(id).execute(&mut *db).await.unwrap();
    sqlx::query(
        "insert into payment (id, order_id, customer_id, amount, received_at, recorded_at)
         select id, id, customer_id, $2::text::numeric, ordered_at, ordered_at from sales_order where id = $1 and $2::text <> '0'",
    )
    .bind(id).bind(paid).execute(&mut *db).await.unwrap();
    sqlx::query("update sales_order set status = $2, shipped_at = $3, delivered_at = $4, closed_at = $5 where id = $1")
        .bind(id)
        .bind(status)
        .bind(came_to(&["SHIPPED", "DELIVERED"]))
        .bind(came_to(&["DELIVERED"]))
        .bind(came_to(&["CANCELLED", "REFUNDED"]))
        .execute(&mut *db)
        .await
        .unwrap();
    db.commit().await.unwrap();
    json!(format!("order_{id}"))
}

/// The statuses of an order, with the amount paid of 100.
const PLACES: [(&str, &str); 11] = [
    ("PENDING", "0"),
    ("PENDING", "40"),
    ("PAID", "100"),
    ("SHIPPED", "0"),
    ("SHIPPED", "40"),
    ("SHIPPED", "100"),
    ("DELIVERED", "0"),
    ("DELIVERED", "40"),
    ("DELIVERED", "100"),
    ("CANCELLED", "0"),
    ("REFUNDED", "100"),
];

#[tokio::test]
async fn the_result_of_every_step_in_every_status() {
    let world = World::new().await;
    // A superior, who may also ship what is not paid.
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let acme = json!(ann.create("Acme").await);
    world.product("PUMP", "100").await;
    let mut table = String::new();
    let mut taken = vec!["PENDING CREATE PENDING".to_owned()];
    for (status, paid) in PLACES {
        writeln!(table, "{status}, {paid} of 100 paid").unwrap();
        for (action, amount) in
            [("PAY", Some("10")), ("PAY", None), ("SHIP", None), ("DELIVER", None), ("CANCEL", None), ("REFUND", None)]
        {
            let order = order_at(&world, &acme, &ann, status, paid).await;
            let input = json!({"orderId": order, "version": 1, "action": action, "amount": amount});
            let answer = boss
                .act(
                    "advanceOrder",
                    input,
                    "order { status version paidAmount { amount } steps { amount { amount } } }",
                )
                .await;
            let came_to = match answer["userErrors"].as_array().unwrap().first() {
                Some(refusal) => {
                    assert_eq!(answer["order"]["version"], 1);
                    format!("{}: {}", refusal["code"].as_str().unwrap(), refusal["message"].as_str().unwrap())
                }
                None => {
                    let to = answer["order"]["status"].as_str().unwrap();
                    taken.push(format!("{status} {action} {to}"));
                    let moved = answer["order"]["steps"][0]["amount"]["amount"].as_str();
                    format!("{to}{}", moved.map(|moved| format!(", {moved}")).unwrap_or_default())
                }
            };
            writeln!(
                table,
                "  {:<8} {came_to}",
                amount.map_or(action.to_owned(), |amount| format!("{action} {amount}"))
            )
            .unwrap();
        }
    }
    insta::assert_snapshot!(table);
    // The table `order_step` allows these steps, adoption and line changes, and nothing else.
    let allowed: Vec<String> = sqlx::query_scalar(
        "select from_status || ' ' || action || ' ' || to_status from order_step where action not in ('ADOPT', 'CHANGE_LINES', 'REVERSE', 'SCHEDULE') order by 1",
    )
    .fetch_all(&world.db)
    .await
    .unwrap();
    taken.sort();
    taken.dedup();
    assert_eq!(taken, allowed);
}

#[tokio::test]
async fn payments_may_be_partial_and_refunds_are_complete() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let (acme, pump) = (json!(ann.create("Acme").await), world.product("PUMP", "100").await);
    let order = ann.order(&acme, &pump, json!({})).await;
    let mut outcomes = Vec::new();
    for (action, amount) in [
        ("PAY", Some("30")),
        ("PAY", Some("70.01")),
        ("PAY", Some("0")),
        ("PAY", Some("0.005")),
        ("CANCEL", None),
        ("SHIP", None),
        ("PAY", None),
        ("PAY", None),
        ("SHIP", Some("1")),
        ("SHIP", None),
        ("DELIVER", None),
        ("REFUND", Some("50")),
        ("REFUND", None),
        ("REFUND", None),
    ] {
        world.advance(TimeDelta::hours(1));
        let version = ann.see_order(&order, "version").await["version"].clone();
        let input = json!({"orderId": order, "version": version, "action": action, "amount": amount, "remark": action.to_lowercase()});
        let outcome = ann.outcome("advanceOrder", input).await;
        outcomes.push(format!("{action} {}: {outcome}", amount.unwrap_or("-")));
    }
    let selection = "status version paidAmount { amount } paidAt shippedAt deliveredAt closedAt
        steps { action fromStatus toStatus amount { amount currency } remark operator { name } at }";
    insta::assert_snapshot!(format!("{}\n{}", outcomes.join("\n"), pretty(&ann.see_order(&order, selection).await)));
}

#[tokio::test]
async fn an_order_without_charge_is_paid_with_zero() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let (acme, pump) = (json!(ann.create("Acme").await), world.product("PUMP", "0").await);
    let order = ann.order(&acme, &pump, json!({})).await;
    ann.deliver(&order).await;
    assert_eq!(ann.advance(&order, 4, "REFUND").await, "");
}

#[tokio::test]
async fn a_new_owner_adopts_unfinished_orders_of_the_former_owner() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let (ben, cara, hr) = (world.sales("Ben").await, world.sales("Cara").await, world.person("Hedy", "hr", None).await);
    let (acme, pump) = (json!(ann.create("Acme").await), world.product("PUMP", "100").await);
    let (left, done) = (ann.order(&acme, &pump, json!({})).await, ann.order(&acme, &pump, json!({})).await);
    let pooled = ann.order(&acme, &pump, json!({})).await;
    ann.deliver(&done).await;
    let adopt = |order: &Json, version: i32| json!({"orderId": order, "version": version});
    assert_eq!(ann.outcome("adoptOrder", adopt(&left, 1)).await, "", "what is hers already is a success");
    assert_eq!(boss.outcome("adoptOrder", adopt(&left, 1)).await, "", "and stays with who has the customer");
    assert_eq!(ann.see_order(&left, "version owner { name }").await, json!({"version": 1, "owner": {"name": "Ann"}}));
    assert_eq!(ben.outcome("adoptOrder", adopt(&left, 1)).await, "NOT_FOUND");
    world.advance(TimeDelta::days(1));
    ann.release(&acme).await;
    // The customer is in the pool, so a superior advances the order.
    assert_eq!(ann.outcome("adoptOrder", adopt(&pooled, 1)).await, "FORBIDDEN");
    assert_eq!(boss.outcome("adoptOrder", adopt(&pooled, 1)).await, "");
    assert_eq!(boss.see_order(&pooled, "owner { name }").await["owner"]["name"], "Boss");
    world.advance(TimeDelta::days(4));
    assert_eq!(ben.claim(&acme).await, "");
    // Ann can still ship her order; Ben sees it and adopts it.
    assert_eq!(ann.advance(&left, 1, "PAY").await, "");
    assert_eq!(ben.advance(&left, 2, "SHIP").await, "FORBIDDEN");
    assert_eq!(ben.outcome("adoptOrder", adopt(&left, 1)).await, "CONFLICT");
    assert_eq!(ben.outcome("adoptOrder", adopt(&left, 2)).await, "");
    assert_eq!(ben.outcome("adoptOrder", adopt(&left, 2)).await, "", "twice is once");
    assert_eq!(ben.outcome("adoptOrder", adopt(&done, 4)).await, "STEP_NOT_ALLOWED");
    assert_eq!(cara.outcome("adoptOrder", adopt(&left, 3)).await, "NOT_FOUND");
    assert_eq!(ann.advance(&left, 3, "SHIP").await, "NOT_FOUND", "she is through with it");
    assert_eq!(hr.outcome("departUser", json!({"userId": ann.gid()})).await, "");
    assert_eq!(ben.advance(&left, 3, "SHIP").await, "");
    insta::assert_snapshot!(pretty(
        &ben.see_order(&left, "owner { name } soldBy { name } steps { action fromStatus toStatus operator { name } }")
            .await
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_concurrent_steps_one_succeeds_and_the_others_get_a_conflict() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let (acme, pump) = (json!(ann.create("Acme").await), world.product("PUMP", "100").await);
    for round in 0..6 {
        let order = ann.order(&acme, &pump, json!({})).await;
        let actions = [["PAY", "PAY"], ["PAY", "CANCEL"]][round % 2];
        let acts: Vec<_> = (0..6)
            .map(|number| {
                let (ann, order, action) = (ann.clone(), order.clone(), actions[number % 2]);
                tokio::spawn(async move { ann.advance(&order, 1, action).await })
            })
            .collect();
        let mut outcomes = Vec::new();
        for act in acts {
            outcomes.push(act.await.unwrap());
        }
        outcomes.sort();
        assert_eq!(outcomes, ["", "CONFLICT", "CONFLICT", "CONFLICT", "CONFLICT", "CONFLICT"]);
        let seen = ann.see_order(&order, "status version paidAmount { amount } steps { action }").await;
        let paid = if seen["status"] == "PAID" { "100.00" } else { "0.00" };
        assert_eq!((&seen["version"], &seen["paidAmount"]["amount"]), (&json!(2), &json!(paid)));
        assert_eq!(seen["steps"].as_array().unwrap().len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_requests_with_one_idempotency_key_record_one_order() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let (acme, pump) = (json!(ann.create("Acme").await), world.product("PUMP", "100").await);
    let acts: Vec<_> = (0..8)
        .map(|_| {
            let (ann, acme, pump) = (ann.clone(), acme.clone(), pump.clone());
            tokio::spawn(async move { ann.order(&acme, &pump, json!({"idempotencyKey": "once"})).await })
        })
        .collect();
    let mut orders = Vec::new();
    for act in acts {
        orders.push(act.await.unwrap());
    }
    assert!(orders.iter().all(|order| *order == orders[0]), "{orders:?}");
    assert_eq!(world.sql::<i64>("select count(*) from sales_order").await, 1);
    assert_eq!(world.sql::<i64>("select count(*) from followup").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_users_who_cancel_the_last_two_orders_one_must_decide_about_the_opportunity() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let (acme, pump) = (json!(ann.create("Acme").await), world.product("PUMP", "100").await);
    for _ in 0..4 {
        let deal = ann.act("createOpportunity", json!({"customerId": acme}), "opportunity { id }").await;
        let won = json!({"opportunityId": deal["opportunity"]["id"], "closeOpportunity": true});
        let (one, other) = (ann.order(&acme, &pump, won.clone()).await, ann.order(&acme, &pump, won).await);
        let (first, second) = tokio::join!(ann.advance(&one, 1, "CANCEL"), ann.advance(&other, 1, "CANCEL"));
        let mut outcomes = [first, second];
        outcomes.sort();
        assert_eq!(outcomes, ["", "OPPORTUNITY_OUTCOME_REQUIRED"]);
    }
}

const ROLES: [&str; 8] = ["sales", "manager", "hr", "service", "marketing", "finance", "analyst", "admin"];
const ACTIONS: [&str; 15] = [
    "read",
    "create",
    "update",
    "instalments",
    "pay",
    "record payment",
    "reverse",
    "ship",
    "ship unpaid",
    "deliver",
    "cancel",
    "refund",
    "adopt",
    "read feedback",
    "write feedback",
];

/// What each role may do with orders of each owner, found out by trying it.
#[tokio::test]
async fn the_permission_table_of_orders() {
    let world = World::new().await;
    let pump = world.product("PUMP", "100").await;
    let mut table = String::new();
    for role in ROLES {
        writeln!(table, "{role}").unwrap();
        let viewer = world.person(&format!("The{role}"), role, None).await;
        let below = world.person(&format!("Below{role}"), "sales", Some(&viewer)).await;
        let stranger = world.sales(&format!("Beside{role}")).await;
        // The owner of the order, and the owner of the customer.
        let places = [
            ("own", &viewer, Some(&viewer)),
            ("left behind", &viewer, Some(&stranger)),
            ("held", &stranger, Some(&viewer)),
            ("team's", &below, Some(&below)),
            ("team's, pooled", &below, None),
            ("held by team", &stranger, Some(&below)),
            ("stranger's", &stranger, Some(&stranger)),
        ];
        for action in ACTIONS {
            let mut reached = Vec::new();
            for (place, owner, holder) in places {
                let customer = customer_of(&world, holder, &stranger).await;
                if may(&world, &viewer, action, &customer, owner, &pump).await {
                    reached.push(place);
                }
            }
            writeln!(table, "  {action:<14} {}", if reached.is_empty() { "–".to_owned() } else { reached.join(" | ") })
                .unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

async fn customer_of(world: &World, owner: Option<&Person>, creator: &Person) -> Json {
    let (id, now) = (new_uuid(world.clock.now()), world.clock.now());
    sqlx::query(
        "insert into customer (id, name, name_key, source, owner_user_id, owned_since, pool_entry_time, created_by, created_at, updated_at)
         values ($1, $1::text, $1::text, 'WEBSITE', $2, $3, $4, $5, $6, $6)",
    )
    .bind(id).bind(owner.map(|owner| owner.id.uuid())).bind(owner.map(|_| now)).bind(owner.is_none().then_some(now))
    .bind(creator.id.uuid()).bind(now).execute(&world.db).await.unwrap();
    json!(format!("customer_{id}"))
}

async fn may(world: &World, viewer: &Person, action: &str, customer: &Json, owner: &Person, product: &Json) -> bool {
    let (status, paid) = match action {
        "ship" => ("PAID", "100"),
        "deliver" => ("SHIPPED", "100"),
        "refund" | "reverse" => ("PENDING", "40"),
        "read feedback" | "write feedback" => ("DELIVERED", "100"),
        _ => ("PENDING", "0"),
    };
    let order = order_at(world, customer, owner, status, paid).await;
    let (mutation, input) = match action {
        "read" => return !viewer.see_order(&order, "id").await.is_null(),
        "read feedback" => {
            sqlx::query(
                "insert into order_feedback (id, order_id, customer_id, service_user_id, rating, category, created_at, updated_at)
                 select id, id, customer_id, owner_user_id, 5, 'OTHER', created_at, created_at from sales_order where id = $1",
            )
            .bind(order.as_str().unwrap().trim_start_matches("order_").parse::<uuid::Uuid>().unwrap())
            .execute(&world.db).await.unwrap();
            let id = order.as_str().unwrap().replace("order_", "feedback_");
            let seen = viewer.data("query($id: ID!) { node(id: $id) { id } }", json!({"id": id})).await;
            return !seen["node"].is_null();
        }
        "create" => ("createOrder", json!({"customerId": customer, "lines": [line(product, "1")]})),
        "update" => ("updateOrder", json!({"orderId": order, "version": 1, "lines": [line(product, "2")]})),
        "instalments" => {
            let all = json!([{"dueOn": "2026-03-31", "share": "100"}]);
            ("setInstalments", json!({"orderId": order, "version": 1, "instalments": all}))
        }
        "record payment" => ("recordPayment", json!({"orderId": order, "version": 1, "amount": "1"})),
        "reverse" => {
            let payment = order.as_str().unwrap().replace("order_", "payment_");
            ("reversePayment", json!({"orderId": order, "version": 1, "paymentId": payment, "reason": "a mistake"}))
        }
        "ship unpaid" => ("advanceOrder", json!({"orderId": order, "version": 1, "action": "SHIP"})),
        "adopt" => ("adoptOrder", json!({"orderId": order, "version": 1})),
        "write feedback" => ("recordFeedback", json!({"orderId": order, "rating": 4, "category": "PRICE"})),
        step => ("advanceOrder", json!({"orderId": order, "version": 1, "action": step.to_uppercase()})),
    };
    let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
    let query = format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}");
    let answer = viewer.ask_with(&query, json!({"input": input})).await;
    !answer.to_string().contains("\"code\"")
}
