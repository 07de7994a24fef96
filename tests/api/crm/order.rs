//! Orders: recording, changes before the first payment, and the end of the last order of an opportunity.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use crate::support::{Person, Statements, World, pretty};

impl World {
    /// Creates a product; returns its id.
    pub async fn product(&self, sku: &str, price: &str) -> Json {
        let id = tidepool::kernel::id::new_uuid(self.clock.now());
        sqlx::query(
            "insert into product (id, sku, name, unit, unit_price, currency, created_at, updated_at)
             values ($1, $2, $2, 'piece', $3::text::numeric, 'CNY', $4, $4)",
        )
        .bind(id)
        .bind(sku)
        .bind(price)
        .bind(self.clock.now())
        .execute(&self.db)
        .await
        .unwrap();
        json!(format!("product_{id}"))
    }
}

/// One line of an order.
pub fn line(product: &Json, quantity: &str) -> Json {
    json!({"productId": product, "quantity": quantity})
}

impl Person {
    /// Records an order of one line, with more input if given; returns its id.
    pub async fn order(&self, customer: &Json, product: &Json, more: Json) -> Json {
        let mut input = json!({"customerId": customer, "lines": [line(product, "1")]});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let payload = self.act("createOrder", input, "order { id }").await;
        assert_eq!(payload["userErrors"], json!([]));
        payload["order"]["id"].clone()
    }

    /// Advances the given version of an order by a step; returns the refusal code.
    pub async fn advance(&self, order: &Json, version: i32, action: &str) -> String {
        self.outcome("advanceOrder", json!({"orderId": order, "version": version, "action": action})).await
    }

    /// Takes a new order through all steps until it is delivered.
    pub async fn deliver(&self, order: &Json) {
        for (action, version) in [("PAY", 1), ("SHIP", 2), ("DELIVER", 3)] {
            assert_eq!(self.advance(order, version, action).await, "", "{action}");
        }
    }

    pub async fn see_order(&self, order: &Json, selection: &str) -> Json {
        let query = format!("query($id: ID!) {{ order(id: $id) {{ {selection} }} }}");
        self.data(&query, json!({"id": order})).await["order"].clone()
    }

    async fn deal(&self, customer: &Json, stages: &[&str]) -> Json {
        let payload = self.act("createOpportunity", json!({"customerId": customer}), "opportunity { id }").await;
        let id = payload["opportunity"]["id"].clone();
        for (place, stage) in stages.iter().enumerate() {
            let to = json!({"opportunityId": id, "version": place + 1, "stage": stage});
            assert_eq!(self.outcome("moveOpportunity", to).await, "", "{stage}");
        }
        id
    }

    async fn stage_of(&self, deal: &Json) -> String {
        let query = "query($id: ID!) { opportunity(id: $id) { stageCode lostReason lostRemark } }";
        let seen = self.data(query, json!({"id": deal})).await["opportunity"].clone();
        let seen = ["stageCode", "lostReason", "lostRemark"].map(|field| seen[field].as_str());
        seen.into_iter().flatten().collect::<Vec<_>>().join(": ")
    }
}

const STORY: &str = "orderNo status version totalAmount { amount currency } paidAmount { amount } remark orderedAt paidAt closedAt
    owner { name } soldBy { name } opportunity { stageCode closedAt }
    lines { position quantity unitPrice { amount } discount { amount } amount { amount } product { sku } }
    steps { action fromStatus toStatus amount { amount } remark operator { name } at }
    customer { firstFollowUpTime lastFollowUpTime followUps { edges { node { channel content at author { name } opportunity { stageCode } } } } }";

#[tokio::test]
async fn an_order_is_recorded_with_its_effects_on_opportunity_and_customer() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let acme = json!(ann.create("Acme").await);
    let (pump, valve) = (world.product("PUMP", "1280.50").await, world.product("VALVE", "0.33").await);
    let deal = ann.deal(&acme, &["NEGOTIATION"]).await;
    world.advance(TimeDelta::days(1));
    let input = json!({
        "customerId": acme, "opportunityId": deal, "closeOpportunity": true, "remark": "by phone",
        "lines": [
            {"productId": pump, "quantity": "2", "discount": "61"},
            {"productId": valve, "quantity": "10.5"},
            {"productId": pump, "quantity": "1", "unitPrice": "0"},
        ],
    });
    // A superior records the order; Ann is the seller.
    let order = boss.act("createOrder", input, &format!("order {{ {STORY} }}")).await;
    insta::assert_snapshot!(pretty(&order));
}

#[tokio::test]
async fn an_order_that_is_sent_twice_is_recorded_once() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let (acme, pump) = (json!(ann.create("Acme").await), world.product("PUMP", "10").await);
    let key = json!({"idempotencyKey": "today"});
    let first = ann.order(&acme, &pump, key.clone()).await;
    assert_eq!(ann.order(&acme, &pump, key).await, first);
    assert_ne!(ann.order(&acme, &pump, json!({})).await, first, "without a key it is another one");
    assert_eq!(world.sql::<i64>("select count(*) from sales_order").await, 2);
    assert_eq!(world.sql::<i64>("select count(*) from followup where channel = 'ORDER'").await, 2);
}

#[tokio::test]
async fn order_numbers_count_per_business_month_and_are_unique() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let (acme, pump) = (json!(ann.create("Acme").await), world.product("PUMP", "10").await);
    let number = async |order: Json| ann.see_order(&order, "orderNo").await["orderNo"].as_str().unwrap().to_owned();
    assert_eq!(number(ann.order(&acme, &pump, json!({})).await).await, "SO2603-000001");
    // The next number was taken by a row written by hand.
    ann.order(&acme, &pump, json!({"orderNo": "SO2603-000002"})).await;
    assert_eq!(number(ann.order(&acme, &pump, json!({})).await).await, "SO2603-000003");
    // The evening of 31 March in London is 1 April in Shanghai.
    world.clock.advance("2026-03-31T16:30:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap() - world.clock.now());
    assert_eq!(number(ann.order(&acme, &pump, json!({})).await).await, "SO2604-000004");
    let taken = json!({"customerId": acme, "lines": [line(&pump, "1")], "orderNo": "SO2603-000001"});
    assert_eq!(ann.outcome("createOrder", taken).await, "DUPLICATE");
}

#[tokio::test]
async fn an_order_can_be_backdated_within_the_ownership() {
    let world = World::new().await;
    let (ann, ben) = (world.sales("Ann").await, world.sales("Ben").await);
    let (acme, pump) = (json!(ann.create("Acme").await), world.product("PUMP", "10").await);
    world.advance(TimeDelta::days(10));
    let at = |days: i64| json!({"customerId": acme, "lines": [line(&pump, "1")], "orderedAt": (world.clock.now() - TimeDelta::days(days)).to_rfc3339()});
    assert_eq!(ann.outcome("createOrder", at(8)).await, "INVALID");
    assert_eq!(ann.outcome("createOrder", at(-1)).await, "INVALID");
    let order = ann.act("createOrder", at(7), "order { orderedAt steps { at } customer { lastFollowUpTime } }").await;
    let day = json!("2026-03-05T01:00:00.000000Z");
    assert_eq!(
        order["order"],
        json!({"orderedAt": day, "steps": [{"at": day}], "customer": {"lastFollowUpTime": day}})
    );
    let soon = json!({"customerId": acme, "lines": [line(&pump, "1")],
        "orderedAt": (world.clock.now() + TimeDelta::minutes(1)).to_rfc3339()});
    let order = ann.act("createOrder", soon, "order { orderedAt }").await;
    assert_eq!(order["order"]["orderedAt"], "2026-03-12T01:00:00.000000Z", "a clock may be a minute ahead");
    ann.release(&acme).await;
    world.advance(TimeDelta::days(4));
    assert_eq!(ben.claim(&acme).await, "");
    world.advance(TimeDelta::days(1));
    assert_eq!(ben.outcome("createOrder", at(2)).await, "INVALID", "the customer was Ann's then");
    assert_eq!(ben.outcome("createOrder", at(1)).await, "");
}

#[tokio::test]
async fn invalid_input_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let (ann, ben) = (world.sales("Ann").await, world.sales("Ben").await);
    let (acme, blue) = (json!(ann.create("Acme").await), json!(ann.create("Blue").await));
    let (pump, old) = (world.product("PUMP", "10").await, world.product("OLD", "10").await);
    sqlx::query("update product set active = false where sku = 'OLD'").execute(&world.db).await.unwrap();
    let (blues, bens) = (ann.deal(&blue, &[]).await, json!(ben.create("Bens").await));
    let hers = ben.deal(&bens, &[]).await;
    let with = |field: &str, value: Json| {
        let mut input = json!({"customerId": acme, "lines": [line(&pump, "1")]});
        input[field] = value;
        input
    };
    let with_line = |field: &str, value: &str| {
        let mut line = line(&pump, "1");
        line[field] = json!(value);
        with("lines", json!([line]))
    };
    let mut refusal_lines = Vec::new();
    for input in [
        with("lines", json!([])),
        with("lines", json!(vec![line(&pump, "1"); 201])),
        with(
            "lines",
            json!([
                line(&pump, "1"),
                line(&old, "1"),
                line(&json!("product_00000000-0000-0000-0000-000000000000"), "1")
            ]),
        ),
        with_line("quantity", "0"),
        with_line("quantity", "0.0001"),
        with_line("unitPrice", "-1"),
        with_line("unitPrice", "0.001"),
        with_line("discount", "10.01"),
        with("currency", json!("USD")),
        with("currency", json!("yuan")),
        with("orderNo", json!("x".repeat(41))),
        with("remark", json!("x".repeat(1_001))),
        with("closeOpportunity", json!(true)),
        with("opportunityId", blues),
        with("opportunityId", hers),
        with("idempotencyKey", json!("")),
        with("customerId", bens),
    ] {
        let refusals = ann.act("createOrder", input, "order { id }").await["userErrors"].clone();
        let refusals = refusals.as_array().unwrap().iter().map(|refusal| {
            let path = refusal["path"].as_array().unwrap().iter().map(|part| part.as_str().unwrap());
            format!(
                "{} {}: {}",
                refusal["code"].as_str().unwrap(),
                path.collect::<Vec<_>>().join("."),
                refusal["message"].as_str().unwrap()
            )
        });
        refusal_lines.push(refusals.collect::<Vec<_>>().join(" | "));
    }
    insta::assert_snapshot!(refusal_lines.join("\n"));
    for table in ["sales_order", "order_product", "order_history", "followup", "idempotency_key"] {
        assert_eq!(world.sql::<i64>(&format!("select count(*) from {table}")).await, 0, "{table}");
    }
    let admin = world.admin().await;
    ann.release(&acme).await;
    assert_eq!(admin.outcome("createOrder", with("remark", json!("x"))).await, "NOT_OWNED", "nobody sells to the pool");
}

#[tokio::test]
async fn a_price_change_does_not_change_existing_orders() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let (acme, pump) = (json!(ann.create("Acme").await), world.product("PUMP", "10").await);
    let order = ann.order(&acme, &pump, json!({})).await;
    let dearer = json!({"productId": pump, "version": 1, "unitPrice": "12", "isActive": false});
    assert_eq!(admin.outcome("updateProduct", dearer).await, "");
    let total = "totalAmount { amount } lines { unitPrice { amount } }";
    let unchanged = json!({"totalAmount": {"amount": "10.00"}, "lines": [{"unitPrice": {"amount": "10.00"}}]});
    assert_eq!(ann.see_order(&order, total).await, unchanged);
    let another = json!({"customerId": acme, "lines": [line(&pump, "1")]});
    assert_eq!(ann.outcome("createOrder", another).await, "INVALID", "it is not sold any more");
    let more = json!({"orderId": order, "version": 1, "lines": [line(&pump, "2")]});
    let changed = ann.act("updateOrder", more, &format!("order {{ {total} }}")).await["order"].clone();
    assert_eq!(changed["totalAmount"]["amount"], "24.00", "who changes the order has it at the price of today");
}

#[tokio::test]
async fn lines_can_be_replaced_before_the_first_payment() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = json!(ann.create("Acme").await);
    let (pump, valve) = (world.product("PUMP", "10").await, world.product("VALVE", "3").await);
    let order = ann.order(&acme, &pump, json!({"remark": "first"})).await;
    let edit = |version: i32, lines: Json| json!({"orderId": order, "version": version, "lines": lines});
    assert_eq!(ann.outcome("updateOrder", edit(1, json!([line(&valve, "2"), line(&pump, "1")]))).await, "");
    assert_eq!(ann.outcome("updateOrder", edit(1, json!([line(&pump, "9")]))).await, "CONFLICT");
    assert_eq!(ann.outcome("updateOrder", edit(2, json!([]))).await, "INVALID");
    let seen = "remark totalAmount { amount } lines { position product { sku } }";
    let lines = json!([{"position": 1, "product": {"sku": "VALVE"}}, {"position": 2, "product": {"sku": "PUMP"}}]);
    assert_eq!(
        ann.see_order(&order, seen).await,
        json!({"remark": "first", "totalAmount": {"amount": "16.00"}, "lines": lines})
    );
    // The timeline shows who changed the lines.
    let steps = "steps { action fromStatus toStatus amount { amount } totalBefore { amount } totalAfter { amount currency } operator { name } }";
    assert_eq!(
        ann.see_order(&order, steps).await["steps"][1],
        json!({"action": "CHANGE_LINES", "fromStatus": "PENDING", "toStatus": "PENDING", "amount": null,
               "totalBefore": {"amount": "10.00"}, "totalAfter": {"amount": "16.00", "currency": "CNY"}, "operator": {"name": "Ann"}})
    );
    let query = "query($id: ID!) { customer(id: $id) { timeline(orderBy: AT_ASC, filter: {kind: {eq: ORDER}}) { edges { node { orderAction } } } } }";
    let refusal_lines = ann.data(query, json!({"id": acme})).await["customer"]["timeline"]["edges"].clone();
    assert_eq!(refusal_lines, json!([{"node": {"orderAction": "CREATE"}}, {"node": {"orderAction": "CHANGE_LINES"}}]));
    let pay = json!({"orderId": order, "version": 2, "action": "PAY", "amount": "0.01"});
    assert_eq!(ann.outcome("advanceOrder", pay).await, "");
    assert_eq!(ann.outcome("updateOrder", edit(3, json!([line(&pump, "1")]))).await, "ORDER_FROZEN");
    assert_eq!(ann.outcome("updateOrder", json!({"orderId": order, "version": 3, "remark": null})).await, "");
    assert_eq!(
        ann.see_order(&order, seen).await,
        json!({"remark": null, "totalAmount": {"amount": "16.00"}, "lines": lines})
    );
    assert_eq!(ann.see_order(&order, steps).await["steps"].as_array().unwrap().len(), 3, "what is refused is no step");
}

#[tokio::test]
async fn an_order_of_200_lines_takes_as_many_statements_as_an_order_of_one_line() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let (acme, pump) = (json!(ann.create("Acme").await), world.product("PUMP", "10").await);
    let deal = ann.deal(&acme, &[]).await;
    let mut counted = Vec::new();
    for count in [1, 200] {
        let lines = vec![line(&pump, "1"); count];
        let input =
            json!({"customerId": acme, "lines": lines, "opportunityId": deal, "idempotencyKey": format!("of {count}")});
        let statements = Statements::listen();
        let order = ann.act("createOrder", input, "order { totalAmount { amount } lines { position } }").await;
        assert_eq!(order["order"]["totalAmount"]["amount"], format!("{}.00", count * 10));
        counted.push(statements.sent());
    }
    assert_eq!(counted[0].len(), counted[1].len(), "{counted:#?}");
}

#[tokio::test]
async fn ending_the_last_order_of_a_won_opportunity_asks_for_a_decision_about_it() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let (acme, pump) = (json!(ann.create("Acme").await), world.product("PUMP", "10").await);
    let deal = ann.deal(&acme, &["QUALIFICATION", "NEGOTIATION"]).await;
    let won = json!({"opportunityId": deal, "closeOpportunity": true});
    let (one, other) = (ann.order(&acme, &pump, won.clone()).await, ann.order(&acme, &pump, won.clone()).await);
    assert_eq!(ann.stage_of(&deal).await, "WON");
    world.advance(TimeDelta::seconds(1));
    let call_off = |order: &Json, version: i32, action: &str, said: Json| json!({"orderId": order, "version": version, "action": action, "opportunity": said});
    let reopen = json!({"outcome": "REOPEN"});
    let refused = ann.act("advanceOrder", call_off(&one, 1, "CANCEL", reopen.clone()), "order { status }").await;
    assert_eq!(refused["userErrors"][0]["code"], "INVALID", "another order of it counts");
    assert_eq!(refused["userErrors"][0]["path"], json!(["opportunity", "outcome"]));
    assert_eq!(ann.advance(&one, 1, "CANCEL").await, "");
    assert_eq!(ann.stage_of(&deal).await, "WON");
    // The last order is partly paid and then refunded.
    let pay = json!({"orderId": other, "version": 1, "action": "PAY", "amount": "5"});
    assert_eq!(ann.outcome("advanceOrder", pay).await, "");
    for (said, code) in [
        (Json::Null, "OPPORTUNITY_OUTCOME_REQUIRED"),
        (json!({"outcome": "LOST"}), "INVALID"),
        (json!({"outcome": "KEEP_WON", "lostReason": "PRICE"}), "INVALID"),
        (reopen, ""),
    ] {
        world.advance(TimeDelta::seconds(1));
        assert_eq!(ann.outcome("advanceOrder", call_off(&other, 2, "REFUND", said.clone())).await, code, "{said}");
    }
    assert_eq!(ann.stage_of(&deal).await, "NEGOTIATION", "it is where it was open last");
    for (said, stage) in [
        (json!({"outcome": "LOST", "lostReason": "PRICE", "lostRemark": "too dear"}), "LOST: PRICE: too dear"),
        (json!({"outcome": "VOID", "lostRemark": "a test"}), "VOID: a test"),
        (json!({"outcome": "VOID"}), "VOID"),
        (json!({"outcome": "KEEP_WON"}), "WON"),
    ] {
        world.advance(TimeDelta::seconds(1));
        let order = ann.order(&acme, &pump, won.clone()).await;
        assert_eq!(ann.stage_of(&deal).await, "WON");
        world.advance(TimeDelta::seconds(1));
        assert_eq!(boss.outcome("advanceOrder", call_off(&order, 1, "CANCEL", said)).await, "");
        assert_eq!(ann.stage_of(&deal).await, stage);
    }
    // No decision is needed for an opportunity that is not won.
    let open = ann.deal(&acme, &[]).await;
    let order = ann.order(&acme, &pump, json!({"opportunityId": open})).await;
    assert_eq!(ann.advance(&order, 1, "CANCEL").await, "");
}

#[tokio::test]
async fn after_a_transfer_the_former_owner_can_still_correct_the_outcome_of_won_opportunities() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let ben = world.person("Ben", "sales", Some(&boss)).await;
    let (acme, pump) = (json!(ann.create("Acme").await), world.product("PUMP", "10").await);
    let mut won = Vec::new();
    for _ in 0..5 {
        let deal = ann.deal(&acme, &[]).await;
        world.advance(TimeDelta::seconds(1));
        let order = ann.order(&acme, &pump, json!({"opportunityId": deal, "closeOpportunity": true})).await;
        won.push((deal, order));
    }
    let transfer = json!({"customerIds": [acme], "ownerId": ben.gid()});
    assert_eq!(boss.outcomes("transferCustomers", transfer).await, [""]);
    world.advance(TimeDelta::seconds(1));
    let call_off =
        |order: &Json, said: Json| json!({"orderId": order, "version": 1, "action": "CANCEL", "opportunity": said});
    let reopen = json!({"outcome": "REOPEN"});
    assert_eq!(ann.outcome("advanceOrder", call_off(&won[0].1, reopen)).await, "NOT_LIVE");
    for ((deal, order), (person, said, stage)) in won.iter().zip([
        (&ann, json!({"outcome": "LOST", "lostReason": "PRICE"}), "LOST: PRICE"),
        (&boss, json!({"outcome": "VOID"}), "VOID"),
        (&ann, json!({"outcome": "KEEP_WON"}), "WON"),
        (&ann, json!({"outcome": "KEEP_WON"}), "WON"),
    ]) {
        assert_eq!(person.outcome("advanceOrder", call_off(order, said)).await, "", "{stage}");
        assert_eq!(ann.stage_of(deal).await, stage);
    }
    // An opportunity that stayed won can be corrected later by its owner or a superior, but not reopened.
    let to = |deal: &Json, version: i32, stage: &str, reason: Json| json!({"opportunityId": deal, "version": version, "stage": stage, "lostReason": reason});
    let (kept, other) = (&won[2].0, &won[3].0);
    assert_eq!(ann.outcome("moveOpportunity", to(kept, 2, "PROPOSAL", Json::Null)).await, "NOT_LIVE");
    assert_eq!(ben.outcome("moveOpportunity", to(kept, 2, "VOID", Json::Null)).await, "FORBIDDEN");
    assert_eq!(ann.outcome("moveOpportunity", to(kept, 2, "LOST", json!("OTHER"))).await, "");
    assert_eq!(boss.outcome("moveOpportunity", to(other, 2, "VOID", Json::Null)).await, "");
    assert_eq!(ann.outcome("moveOpportunity", to(other, 3, "LOST", json!("OTHER"))).await, "NOT_LIVE", "it has ended");
    let adopt = json!({"opportunityId": won[4].0, "version": 2});
    assert_eq!(ben.outcome("adoptOpportunity", adopt).await, "NOT_LIVE");
}

#[tokio::test]
async fn an_order_is_not_recorded_if_its_opportunity_cannot_be_won() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let (ann, ben) = (world.person("Ann", "sales", Some(&boss)).await, world.sales("Ben").await);
    let (acme, pump) = (json!(ann.create("Acme").await), world.product("PUMP", "10").await);
    let deal = ann.deal(&acme, &[]).await;
    ann.release(&acme).await;
    world.advance(TimeDelta::days(4));
    ben.claim(&acme).await;
    world.advance(TimeDelta::seconds(1));
    let won = json!({"customerId": acme, "lines": [line(&pump, "1")], "opportunityId": deal, "closeOpportunity": true});
    let refused = ben.act("createOrder", won.clone(), "order { id }").await;
    assert_eq!(refused["userErrors"][0]["code"], "FORBIDDEN", "it is Ann's until Ben adopts it");
    assert_eq!(refused["userErrors"][0]["path"], json!(["opportunityId"]));
    assert_eq!(ann.outcome("createOrder", won.clone()).await, "NOT_FOUND", "the customer is Ben's");
    let admin = world.admin().await;
    assert_eq!(admin.outcome("createOrder", won.clone()).await, "NOT_LIVE");
    assert_eq!(world.sql::<i64>("select count(*) from sales_order").await, 0);
    assert_eq!(world.sql::<i64>("select count(*) from followup").await, 0);
    assert_eq!(ben.outcome("adoptOpportunity", json!({"opportunityId": deal, "version": 1})).await, "");
    assert_eq!(ben.outcome("createOrder", won).await, "");
    assert_eq!(ben.stage_of(&deal).await, "WON");
}

#[tokio::test]
async fn an_order_keeps_the_next_contact_time() {
    let world = World::new().await;
    let (ann, pump) = (world.sales("Ann").await, world.product("PUMP", "100").await);
    let acme = json!(ann.create("Acme").await);
    world.advance(TimeDelta::hours(1));
    let next = "2026-03-04T01:00:00.000000Z";
    let note = json!({"customerId": acme, "channel": "PHONE", "content": "call me", "nextContactTime": next});
    assert_eq!(ann.outcome("recordFollowUp", note).await, "");
    world.advance(TimeDelta::hours(1));
    ann.order(&acme, &pump, json!({})).await;
    let query = "query($id: ID!) { customer(id: $id) { nextContactTime lastFollowUpTime } }";
    let seen = ann.data(query, json!({"id": acme})).await["customer"].clone();
    assert_eq!(seen, json!({"nextContactTime": next, "lastFollowUpTime": "2026-03-02T03:00:00.000000Z"}));
    world.assert_sound().await;
}
