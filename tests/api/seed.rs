//! Demo data: plausible, sound, the same for the same seed.

use std::fmt::Write;

use serde_json::json;
use tidepool::seed::{self, Plan};

use crate::support::{World, monday};

#[tokio::test]
async fn demo_data_is_sound_and_has_something_for_everybody() {
    let world = World::new().await;
    let report = seed::seed(&world.db, &Plan::demo(monday())).await.unwrap();
    world.app.follow().await.unwrap();
    assert!(report.customers >= 2_000);
    world.assert_sound().await;
    let nobody = world.nobody();
    let mut told = String::new();
    for (email, _) in seed::accounts() {
        let signed_in = nobody
            .act("login", json!({"email": email, "password": seed::PASSWORD}), "accessToken viewer { roles }")
            .await;
        let person =
            crate::support::Person { token: signed_in["accessToken"].as_str().unwrap().to_owned(), ..nobody.clone() };
        let now = "2026-03-02T01:00:00Z";
        let read = person
            .data(
                "query($now: DateTime) { customers { totalCount } owned: customers(filter: {isPooled: {eq: false}}) { totalCount } publicPool { totalCount }
                   free: publicPool(filter: {or: [{protectedUntil: {isNull: true}}, {protectedUntil: {lte: $now}}]}) { totalCount } }",
                json!({"now": now}),
            )
            .await;
        let count = |key: &str| read[key]["totalCount"].as_i64().unwrap();
        writeln!(
            told,
            "{email}: {} customers, {} owned, {} in the pool, {} free",
            count("customers"),
            count("owned"),
            count("publicPool"),
            count("free")
        )
        .unwrap();
        if ["sales@tidepool.example", "sales2@tidepool.example"].contains(&email.as_str()) {
            assert!(count("owned") >= 15 && count("free") >= 500, "{told}");
        }
    }
    insta::assert_snapshot!(told);
    assert!(matches!(seed::seed(&world.db, &Plan::demo(monday())).await, Err(seed::SeedError::NotEmpty)));
}

#[tokio::test]
async fn the_same_seed_makes_the_same_rows() {
    let mut sums = Vec::new();
    for seed in [7, 7, 8] {
        let world = World::new().await;
        seed::seed(&world.db, &Plan { customers: 200, seed, now: monday() }).await.unwrap();
        sums.push(world.sql::<String>("select md5(string_agg(t, '' order by t)) from (select c::text as t from customer c union all select l::text from customer_operation_log l union all select k::text from contact k) t").await);
    }
    assert_eq!(sums[0], sums[1]);
    assert_ne!(sums[0], sums[2]);
}
