//! Products: administrators manage them, sales staff read them.

use serde_json::{Value as Json, json};

use crate::support::World;

#[tokio::test]
async fn administrators_manage_the_products() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let product = |sku: &str, price: &str| json!({"sku": sku, "name": "潮汐传感器", "unit": "个", "unitPrice": price});
    let selection = "product { id sku unitPrice { amount currency } isActive version }";
    let created = admin.act("createProduct", product("TS-1", "1280.5"), selection).await["product"].clone();
    assert_eq!(created["unitPrice"], json!({"amount": "1280.50", "currency": "CNY"}));
    assert_eq!(admin.outcome("createProduct", product("TS-1", "1")).await, "DUPLICATE");
    assert_eq!(admin.outcome("createProduct", product(" ", "-1")).await, "INVALID");
    let id = created["id"].clone();
    let update = |version: i32| json!({"productId": id, "version": version, "unitPrice": "999", "isActive": false});
    assert_eq!(admin.outcome("updateProduct", update(1)).await, "");
    assert_eq!(admin.outcome("updateProduct", update(1)).await, "CONFLICT");
    let query = "mutation($input: UpdateProductInput!) { updateProduct(input: $input) { userErrors { code } } }";
    assert_eq!(ann.refused(query, json!({"input": update(2)})).await, "FORBIDDEN");
    for (search, found) in [("潮汐", 1), ("传感", 1), ("ｔｓ-", 1), ("S-1", 0), ("浪", 0)] {
        let read = ann.data("query($s: String) { products(search: $s) { totalCount } }", json!({"s": search})).await;
        assert_eq!(read["products"]["totalCount"], found, "{search}");
    }
    let hr = world.person("Hedy", "hr", None).await;
    assert_eq!(hr.ask("{ products { totalCount } }").await["products"]["totalCount"], 0);
}

#[tokio::test]
async fn prices_are_in_the_currencies_of_the_installation_with_their_decimals() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let said = async |price: &str, currency: Json| {
        let sku = format!("S{}", tidepool::kernel::id::new_uuid(world.clock.now()));
        let input = json!({"sku": sku, "name": "Pump", "unit": "个", "unitPrice": price, "currency": currency});
        let payload = admin.act("createProduct", input, "product { unitPrice { amount currency } }").await;
        match payload["userErrors"][0]["message"].as_str() {
            Some(message) => format!("{} {message}", payload["userErrors"][0]["path"][0].as_str().unwrap()),
            None => payload["product"]["unitPrice"].to_string(),
        }
    };
    let mut told = String::new();
    for (price, currency) in [
        ("10.50", "CNY"),
        ("10.505", "CNY"),
        ("10", "JPY"),
        ("10.50", "JPY"),
        ("1", "RMB"),
        ("1", "cny"),
        ("1", "ZZZ"),
        ("1", "KWD"),
        ("1", "CHF"),
    ] {
        told.push_str(&format!("{price} {currency}: {}\n", said(price, json!(currency)).await));
    }
    insta::assert_snapshot!(told);
    // What was recorded in a currency that is not in use any more stays valid, and can be sold in one that is.
    let pump = world.product("PUMP", "100").await;
    let set = async |currencies: &[&str]| admin.outcome("updateSettings", json!({"currencies": currencies})).await;
    assert_eq!([set(&[]).await, set(&["USD", "USD"]).await, set(&["USD", "RMB"]).await], ["INVALID"; 3]);
    assert_eq!(set(&["USD", "CHF"]).await, "");
    world.app.follow().await.unwrap();
    assert_eq!(said("1.5", json!(null)).await, json!({"amount": "1.50", "currency": "USD"}).to_string());
    let rename = json!({"productId": pump, "version": 1, "name": "Better pump", "unitPrice": "101"});
    assert_eq!(admin.outcome("updateProduct", rename).await, "");
    let acme = json!(ann.create("Acme").await);
    let order = |more: Json| {
        let mut line = json!({"productId": pump, "quantity": "1"});
        line.as_object_mut().unwrap().extend(more["line"].as_object().cloned().unwrap_or_default());
        json!({"customerId": acme, "lines": [line], "currency": more["currency"]})
    };
    assert_eq!(ann.outcome("createOrder", order(json!({}))).await, "INVALID", "CNY is not in use");
    assert_eq!(ann.outcome("createOrder", order(json!({"currency": "CHF", "line": {"unitPrice": "9"}}))).await, "");
}
