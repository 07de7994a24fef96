//! The total of an order is always the sum of its lines, for changes by the API and in the database.

use fastrand::Rng;
use serde_json::{Value as Json, json};

use crate::support::World;

/// Random lines with prices and discounts, and their total in cents.
fn random_lines(rng: &mut Rng, products: &[Json]) -> (Vec<Json>, i64) {
    let mut total = 0;
    let lines = (0..rng.usize(1..8))
        .map(|_| {
            // Quantities in thousandths, prices in cents; half a cent is rounded away from zero.
            let (quantity, price) = (rng.i64(1..200_000), rng.i64(0..1_000_000));
            let whole = (quantity * price + 500) / 1_000;
            let discount = if rng.bool() { rng.i64(0..=whole) } else { 0 };
            total += whole - discount;
            json!({
                "productId": products[rng.usize(..products.len())],
                "quantity": format!("{}.{:03}", quantity / 1_000, quantity % 1_000),
                "unitPrice": cents(price),
                "discount": cents(discount),
            })
        })
        .collect();
    (lines, total)
}

fn cents(amount: i64) -> String {
    format!("{}.{:02}", amount / 100, amount % 100)
}

#[tokio::test]
async fn the_total_is_always_the_sum_of_the_lines() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = json!(ann.create("Acme").await);
    let products = [world.product("PUMP", "10").await, world.product("VALVE", "3").await];
    for seed in 0..12 {
        let mut rng = Rng::with_seed(seed);
        let (lines, total) = random_lines(&mut rng, &products);
        let created = ann
            .act("createOrder", json!({"customerId": acme, "lines": lines}), "order { id totalAmount { amount } }")
            .await["order"]
            .clone();
        assert_eq!(created["totalAmount"]["amount"], cents(total), "{lines:?}");
        for version in 1..4 {
            let (lines, total) = random_lines(&mut rng, &products);
            let input = json!({"orderId": created["id"], "version": version, "lines": lines});
            let changed =
                ann.act("updateOrder", input, "order { totalAmount { amount } lines { amount { amount } } }").await;
            assert_eq!(changed["order"]["totalAmount"]["amount"], cents(total), "{lines:?}");
            assert_eq!(changed["order"]["lines"].as_array().unwrap().len(), lines.len());
        }
    }
    let wrong = "select count(*) from sales_order o where total_amount <> (select sum(amount) from order_product l where l.order_id = o.id)";
    assert_eq!(world.sql::<i64>(wrong).await, 0);
}

#[tokio::test]
async fn the_database_refuses_a_wrong_total_changed_lines_of_a_paid_order_and_changed_history() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let (acme, pump) = (json!(ann.create("Acme").await), world.product("PUMP", "100").await);
    let (open, paid) = (
        ann.order(&acme, &pump, json!({"orderNo": "OPEN"})).await,
        ann.order(&acme, &pump, json!({"orderNo": "PAID"})).await,
    );
    let part = json!({"orderId": paid, "version": 1, "action": "PAY", "amount": "1"});
    assert_eq!(ann.outcome("advanceOrder", part).await, "");
    let payment = "insert into payment (id, order_id, customer_id, received_at, recorded_at, amount, reverses_id)
        select gen_random_uuid(), order_id, customer_id, received_at, recorded_at, p.* from payment cross join lateral (select";
    let line = "insert into order_product (order_id, position, product_id, quantity, unit_price)
        select o.id, 2, p.id, 1, 5 from sales_order o, product p where o.order_no =";
    for statement in [
        "update sales_order set total_amount = 99".to_owned(),
        "update sales_order set total_amount = total_amount + 1 where order_no = 'PAID'".to_owned(),
        "update sales_order set paid_amount = 101".to_owned(),
        "update sales_order set paid_amount = 2 where order_no = 'PAID'".to_owned(),
        "update payment set amount = 2".to_owned(),
        "delete from payment".to_owned(),
        "truncate payment cascade".to_owned(),
        format!("{payment} 100, null::uuid) p"),
        // A payment is taken back as a whole.
        format!("{payment} -0.5, payment.id) p"),
        "update sales_order set status = 'PAID', paid_at = now() where order_no = 'PAID'".to_owned(),
        format!("{line} 'PAID'"),
        "delete from order_product".to_owned(),
        "update order_product set quantity = 2".to_owned(),
        "truncate order_product".to_owned(),
        "update order_history set at = now()".to_owned(),
        "delete from order_history".to_owned(),
        "insert into order_history (id, order_id, customer_id, action, from_status, to_status, at)
         select gen_random_uuid(), id, customer_id, 'DELIVER', 'PENDING', 'DELIVERED', now() from sales_order"
            .to_owned(),
    ] {
        let refused = sqlx::query(sqlx::AssertSqlSafe(statement.clone())).execute(&world.db).await;
        assert!(matches!(refused, Err(sqlx::Error::Database(_))), "{statement}");
    }
    // Before the first payment, the total follows the lines.
    sqlx::query(sqlx::AssertSqlSafe(format!("{line} 'OPEN'"))).execute(&world.db).await.unwrap();
    for (order, total) in [(&open, "105.00"), (&paid, "100.00")] {
        assert_eq!(ann.see_order(order, "totalAmount { amount }").await["totalAmount"]["amount"], total);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_line_changes_and_payments_never_leave_an_overpaid_order() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let (acme, pump) = (json!(ann.create("Acme").await), world.product("PUMP", "100").await);
    for _ in 0..8 {
        let order = ann.order(&acme, &pump, json!({})).await;
        let fewer = json!({"orderId": order, "version": 1, "lines": [{"productId": pump, "quantity": "0.5"}]});
        let (paid, edited) = tokio::join!(ann.advance(&order, 1, "PAY"), ann.outcome("updateOrder", fewer));
        let mut outcomes = [paid.as_str(), edited.as_str()];
        outcomes.sort_unstable();
        assert_eq!(outcomes, ["", "CONFLICT"]);
    }
    let wrong = "select count(*) from sales_order where not (total_amount = 50 and paid_amount = 0 or total_amount = 100 and paid_amount = 100)";
    assert_eq!(world.sql::<i64>(wrong).await, 0);
}

#[tokio::test]
async fn a_line_written_during_a_payment_waits_and_is_refused() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let (acme, pump) = (json!(ann.create("Acme").await), world.product("PUMP", "100").await);
    let order = ann.order(&acme, &pump, json!({})).await;
    let mut payment = world.db.begin().await.unwrap();
    let paid = "insert into payment (id, order_id, customer_id, amount, received_at, recorded_at)
        select id, id, customer_id, 1, ordered_at, ordered_at from sales_order";
    sqlx::query(paid).execute(&mut *payment).await.unwrap();
    let db = world.db.clone();
    let line = tokio::spawn(async move {
        sqlx::query("insert into order_product (order_id, position, product_id, quantity, unit_price) select o.id, 2, p.id, 1, 5 from sales_order o, product p")
            .execute(&db)
            .await
    });
    let waits = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    while world.sql::<i64>(waits).await == 0 {
        tokio::task::yield_now().await;
    }
    payment.commit().await.unwrap();
    let refused = line.await.unwrap().unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().constraint(), Some("order_lines_frozen"));
    assert_eq!(ann.see_order(&order, "totalAmount { amount }").await["totalAmount"]["amount"], "100.00");
}
