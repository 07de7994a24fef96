//! Lines of opportunities: several products, their sum, what figures, filters and orders make of them.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};

use crate::support::{Person, World};

const LINES: &str = "version expectedAmount { amount currency } amountIsSum expectedProduct { sku }
    lines { position quantity unitPrice { amount } discount { amount } amount { amount currency } product { sku } }";

fn line(product: &Json, quantity: &str, more: Json) -> Json {
    let mut line = json!({"productId": product, "quantity": quantity});
    line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    line
}

/// What an opportunity comes to: its amount, whether it is the sum, its product, and its lines as text.
async fn summary(person: &Person, deal: &Json) -> String {
    let it = person.see(deal, LINES).await;
    let text = |json: &Json| json.as_str().unwrap_or("-").to_owned();
    let lines = it["lines"].as_array().unwrap().iter().map(|line| {
        let (quantity, price) = (text(&line["quantity"]), text(&line["unitPrice"]["amount"]));
        format!("{} {quantity} x {price} = {}", text(&line["product"]["sku"]), text(&line["amount"]["amount"]))
    });
    let lines: Vec<_> = lines.collect();
    let is_sum = if it["amountIsSum"] == true { "sum" } else { "given" };
    let (amount, product) = (text(&it["expectedAmount"]["amount"]), text(&it["expectedProduct"]["sku"]));
    format!("v{} {amount} {is_sum} {product} [{}]", it["version"], lines.join(", "))
}

#[tokio::test]
async fn the_amount_is_the_sum_of_the_lines_until_one_is_given() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = json!(ann.create("Acme").await);
    let (pump, pipe) = (world.product("PUMP", "10").await, world.product("PIPE", "2.50").await);
    let lines = json!([line(&pump, "2", json!({})), line(&pipe, "4", json!({"unitPrice": "2", "discount": "1"}))]);
    let payload = ann.act("createOpportunity", json!({"customerId": acme, "lines": lines}), "opportunity { id }").await;
    assert_eq!(payload["userErrors"], json!([]));
    let deal = payload["opportunity"]["id"].clone();
    assert_eq!(summary(&ann, &deal).await, "v1 27.00 sum PUMP [PUMP 2 x 10.00 = 20.00, PIPE 4 x 2.00 = 7.00]");
    let update = async |version: i32, change: Json| {
        world.advance(TimeDelta::hours(1));
        let mut input = json!({"opportunityId": deal, "version": version});
        input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        assert_eq!(ann.outcome("updateOpportunity", input).await, "", "{change}");
        summary(&ann, &deal).await
    };
    let other = json!({"lines": [line(&pipe, "0.5", json!({})), line(&pump, "1", json!({}))]});
    assert_eq!(update(1, other).await, "v2 11.25 sum PIPE [PIPE 0.5 x 2.50 = 1.25, PUMP 1 x 10.00 = 10.00]");
    let same = json!({"lines": [line(&pipe, "0.5", json!({})), line(&pump, "1", json!({}))], "name": "Phase 2"});
    assert_eq!(update(2, same).await, "v3 11.25 sum PIPE [PIPE 0.5 x 2.50 = 1.25, PUMP 1 x 10.00 = 10.00]");
    let given = json!({"expectedAmount": "12"});
    assert_eq!(update(3, given).await, "v4 12.00 given PIPE [PIPE 0.5 x 2.50 = 1.25, PUMP 1 x 10.00 = 10.00]");
    let other = json!({"lines": [line(&pump, "3", json!({}))]});
    assert_eq!(update(4, other).await, "v5 12.00 given PUMP [PUMP 3 x 10.00 = 30.00]");
    assert_eq!(update(5, json!({"expectedAmount": null})).await, "v6 30.00 sum PUMP [PUMP 3 x 10.00 = 30.00]");
    assert_eq!(update(6, json!({"expectedProductId": pump})).await, "v7 30.00 sum PUMP [PUMP 3 x 10.00 = 30.00]");
    assert_eq!(update(7, json!({"lines": []})).await, "v8 - given - []");
    assert_eq!(update(8, json!({"expectedProductId": pipe, "expectedAmount": "5"})).await, "v9 5.00 given PIPE []");
    assert_eq!(
        update(9, json!({"lines": [line(&pump, "1", json!({}))]})).await,
        "v10 5.00 given PUMP [PUMP 1 x 10.00 = 10.00]"
    );
    // The history has each amount, and the edits have each set of lines.
    let history = ann.see(&deal, "history { expectedAmount { amount } }").await;
    let amounts: Vec<_> =
        history["history"].as_array().unwrap().iter().map(|it| it["expectedAmount"]["amount"].clone()).collect();
    assert_eq!(json!(amounts), json!(["27.00", "11.25", "12.00", "30.00", null, "5.00"]));
    let edits =
        ann.see(&deal, "edits(first: 100) { edges { node { field before after } } }").await["edits"]["edges"].clone();
    let of = |field: &str| {
        let edits =
            edits.as_array().unwrap().iter().rev().map(|edge| &edge["node"]).filter(|edit| edit["field"] == field);
        edits.map(|edit| (edit["before"].clone(), edit["after"].clone())).collect::<Vec<_>>()
    };
    let lines = of("lines");
    assert_eq!(lines.len(), 4);
    let text = |product: &Json, rest: &str| json!(format!("{} {rest}", product.as_str().unwrap()));
    let before = json!([text(&pump, "2 × 10.00"), text(&pipe, "4 × 2.00 − 1.00")]);
    assert_eq!(lines[0], (before, json!([text(&pipe, "0.5 × 2.50"), text(&pump, "1 × 10.00")])));
    assert_eq!(lines[2], (json!([text(&pump, "3 × 10.00")]), json!([])));
    assert_eq!(of("amountIsSum").len(), 3, "given, the sum, and given again as there are no lines");
}

#[tokio::test]
async fn invalid_lines_are_refused_and_change_nothing() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = json!(ann.create("Acme").await);
    let (pump, pipe) = (world.product("PUMP", "10").await, world.product("PIPE", "2.50").await);
    sqlx::query("update product set currency = 'USD' where sku = 'PIPE'").execute(&world.db).await.unwrap();
    let input = json!({"customerId": acme, "lines": [line(&pump, "2", json!({}))]});
    let deal = ann.act("createOpportunity", input, "opportunity { id }").await["opportunity"]["id"].clone();
    let one = |more: Json| json!({"lines": [line(&pump, "1", more)]});
    let nothing = "product_00000000-0000-0000-0000-000000000000";
    let cases = [
        (json!({"lines": [line(&json!(nothing), "1", json!({}))]}), "NOT_FOUND lines.0.productId"),
        (json!({"lines": [line(&pump, "0", json!({}))]}), "INVALID lines.0.quantity"),
        (one(json!({"unitPrice": "-1"})), "INVALID lines.0.unitPrice"),
        (one(json!({"discount": "10.01"})), "INVALID lines.0.discount"),
        (json!({"lines": vec![line(&pump, "1", json!({})); 201]}), "INVALID lines"),
        (json!({"lines": [line(&pump, "1", json!({})), line(&pipe, "1", json!({}))]}), "INVALID lines.1.unitPrice"),
        (json!({"lines": [line(&pump, "1", json!({}))], "currency": "yuan"}), "INVALID currency"),
        (json!({"lines": [line(&pump, "1", json!({}))], "expectedAmount": "-1"}), "INVALID expectedAmount"),
        (json!({"lines": [line(&pump, "1", json!({}))], "expectedProductId": pipe}), "INVALID expectedProductId"),
        (json!({"expectedProductId": pipe}), "INVALID expectedProductId"),
        (json!({"expectedProductId": null}), "INVALID expectedProductId"),
        (json!({"currency": "USD"}), "INVALID currency"),
    ];
    for (change, refusal) in cases {
        let mut input = json!({"opportunityId": deal, "version": 1});
        input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let payload = ann.act("updateOpportunity", input, "__typename").await;
        let first = &payload["userErrors"][0];
        let path: Vec<_> = first["path"].as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect();
        // The path may begin with `input`.
        let path = path.join(".").trim_start_matches("input.").to_owned();
        assert_eq!(format!("{} {path}", first["code"].as_str().unwrap()), refusal, "{change}");
    }
    let several = json!({"customerId": acme, "lines": [line(&pump, "1", json!({})), line(&pipe, "1", json!({}))]});
    assert_eq!(ann.outcome("createOpportunity", several).await, "INVALID", "the products have two currencies");
    assert_eq!(summary(&ann, &deal).await, "v1 20.00 sum PUMP [PUMP 2 x 10.00 = 20.00]");
    assert_eq!(world.sql::<i64>("select count(*) from opportunity_product").await, 1);
    // In another currency, the lines come with their prices.
    let dollars = json!({
        "opportunityId": deal, "version": 1, "currency": "USD",
        "lines": [line(&pump, "1", json!({"unitPrice": "2"})), line(&pipe, "1", json!({}))],
    });
    assert_eq!(ann.outcome("updateOpportunity", dollars).await, "");
    let seen = ann.see(&deal, "expectedAmount { amount currency }").await;
    assert_eq!(seen, json!({"expectedAmount": {"amount": "4.50", "currency": "USD"}}));
    // A product that the opportunity has may stay when it is not sold any more, and a new one may not come.
    sqlx::query("update product set active = false").execute(&world.db).await.unwrap();
    let lines = json!([line(&pump, "3", json!({"unitPrice": "2"}))]);
    let more = json!({"opportunityId": deal, "version": 2, "lines": lines});
    assert_eq!(ann.outcome("updateOpportunity", more).await, "");
    let fresh = json!({"customerId": acme, "lines": [line(&pump, "1", json!({}))]});
    assert_eq!(ann.outcome("createOpportunity", fresh).await, "INVALID");
}

#[tokio::test]
async fn an_opportunity_is_found_by_all_its_products_and_counted_for_the_first() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let ben = world.sales("Ben").await;
    let acme = json!(ann.create("Acme").await);
    let (pump, pipe) = (world.product("PUMP", "10").await, world.product("PIPE", "2.50").await);
    let lines = json!([line(&pump, "2", json!({})), line(&pipe, "4", json!({}))]);
    let input = json!({"customerId": acme, "lines": lines});
    let deal = ann.act("createOpportunity", input, "opportunity { id }").await["opportunity"]["id"].clone();
    let found = async |person: &Person, filter: Json| {
        let query = "query($f: OpportunityFilter) { opportunities(filter: $f) { totalCount } }";
        person.data(query, json!({"f": filter})).await["opportunities"]["totalCount"].clone()
    };
    for (field, product, count) in [
        ("productId", &pump, 1),
        ("productId", &pipe, 1),
        ("expectedProductId", &pump, 1),
        ("expectedProductId", &pipe, 0),
    ] {
        assert_eq!(found(&ann, json!({field: {"eq": product}})).await, count, "{field} {product}");
    }
    assert_eq!(found(&ann, json!({"productId": {"in": [pipe]}})).await, 1);
    assert_eq!(found(&ann, json!({"not": {"productId": {"eq": pipe}}})).await, 0);
    // Figures by product count the whole opportunity once.
    let query = "{ pipeline(asOf: \"2026-03-02\", by: PRODUCT) { groups { key { product { sku } } count amounts { amount } } } }";
    let groups = boss.data(query, Json::Null).await["pipeline"]["groups"].clone();
    let expected = json!([{"key": {"product": {"sku": "PUMP"}}, "count": 1, "amounts": [{"amount": "30.00"}]}]);
    assert_eq!(groups, expected);
    // Through the pool the first product is seen, and no lines.
    world.advance(TimeDelta::hours(1));
    ann.release(&acme).await;
    world.advance(TimeDelta::days(3));
    assert_eq!(
        ben.see(&deal, "expectedProduct { sku } lines { position }").await,
        json!({"expectedProduct": {"sku": "PUMP"}, "lines": []})
    );
    assert_eq!(found(&ben, json!({"productId": {"eq": pump}})).await, 1);
    assert_eq!(found(&ben, json!({"productId": {"eq": pipe}})).await, 0);
    assert_eq!(found(&ben, json!({"not": {"productId": {"eq": pipe}}})).await, 1);
}

#[tokio::test]
async fn an_order_takes_the_lines_of_its_opportunity() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = json!(ann.create("Acme").await);
    let (pump, pipe) = (world.product("PUMP", "10").await, world.product("PIPE", "2.50").await);
    let lines = json!([line(&pump, "2", json!({"unitPrice": "9"})), line(&pipe, "4", json!({"discount": "1"}))]);
    let input = json!({"customerId": acme, "lines": lines});
    let deal = ann.act("createOpportunity", input, "opportunity { id }").await["opportunity"]["id"].clone();
    sqlx::query("update product set unit_price = 99").execute(&world.db).await.unwrap();
    let asked = "order { id totalAmount { amount } lines { quantity unitPrice { amount } discount { amount } product { sku } } }";
    let order = json!({"customerId": acme, "opportunityId": deal, "closeOpportunity": true});
    let payload = ann.act("createOrder", order, asked).await;
    assert_eq!(payload["userErrors"], json!([]));
    assert_eq!(payload["order"]["totalAmount"]["amount"], "27.00", "at the prices that were agreed");
    assert_eq!(
        payload["order"]["lines"][1],
        json!({
            "quantity": "4", "unitPrice": {"amount": "2.50"}, "discount": {"amount": "1.00"}, "product": {"sku": "PIPE"},
        })
    );
    // Without lines anywhere, or with prices in another currency, it is refused.
    let bare = ann.opportunity(&acme, "5").await;
    for (input, path) in [
        (json!({"customerId": acme}), "lines"),
        (json!({"customerId": acme, "opportunityId": bare}), "lines"),
        (json!({"customerId": acme, "opportunityId": deal, "currency": "USD"}), "currency"),
    ] {
        let payload = ann.act("createOrder", input.clone(), "__typename").await;
        assert_eq!(payload["userErrors"][0]["code"], "INVALID", "{input}");
        assert_eq!(payload["userErrors"][0]["path"].as_array().unwrap().last().unwrap(), path, "{input}");
    }
    assert_eq!(world.sql::<i64>("select count(*) from sales_order").await, 1);
}

#[tokio::test]
async fn the_database_holds_sums_and_lines() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = json!(ann.create("Acme").await);
    let (pump, pipe) = (world.product("PUMP", "10").await, world.product("PIPE", "2.50").await);
    let lines = json!([line(&pump, "2", json!({})), line(&pipe, "4", json!({}))]);
    assert_eq!(ann.outcome("createOpportunity", json!({"customerId": acme, "lines": lines})).await, "");
    let later = "updated_at = updated_at + interval '1 s'";
    for (statement, constraint) in [
        (format!("update sales_opportunity set amount = 31, {later}"), "opportunity_fits_lines"),
        (format!("update sales_opportunity set product_id = null, {later}"), "opportunity_fits_lines"),
        (format!("update sales_opportunity set line_set = 7, {later}"), "opportunity_fits_lines"),
        (format!("update sales_opportunity set line_set = null, {later}"), "opportunity_sum_of_lines"),
        (
            "insert into opportunity_product select opportunity_id, line_set, 3, product_id, quantity, unit_price, discount
             from opportunity_product where position = 1"
                .to_owned(),
            "opportunity_fits_lines",
        ),
        ("update opportunity_product set quantity = 1".to_owned(), ""),
        ("delete from opportunity_product".to_owned(), ""),
    ] {
        let refused = sqlx::query(sqlx::AssertSqlSafe(statement.clone())).execute(&world.db).await.expect_err(&statement);
        let refused = refused.into_database_error().expect("PostgreSQL refuses it");
        assert_eq!(refused.constraint().unwrap_or_default(), constraint, "{statement}");
    }
}
