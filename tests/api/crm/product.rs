//! Products: administrators manage them, sales staff read them.

use serde_json::json;

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
