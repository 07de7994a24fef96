//! Limits of a request.

use serde_json::json;
use tidepool::kernel::config::Limits;

use crate::support::World;

#[tokio::test]
async fn the_error_of_each_limit_names_the_limit_and_the_requested_amount() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let down = "manager { reports { edges { node { ";
    let deep = format!("{{ users {{ edges {{ node {{ {} name {} }} }} }} }}", down.repeat(6), "} } } } ".repeat(6));
    // Thirty fragments, each with two spreads of the next one: a billion fields in a kilobyte.
    let bomb: String =
        (0..30).map(|number| format!("fragment F{number} on Viewer {{ ...F{0} ...F{0} }} ", number + 1)).collect();
    let bomb = format!("{{ viewer {{ ...F0 }} }} {bomb} fragment F30 on Viewer {{ name }}");
    let circle = "{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }".to_owned();
    let aliases =
        format!("{{ viewer {{ {} }} }}", (0..200).map(|number| format!("a{number}: name ")).collect::<String>());
    let roots = format!("{{ {} }}", (0..60).map(|number| format!("a{number}: viewer {{ name }} ")).collect::<String>());
    let tokens = format!("{{ viewer {{ {} }} }}", "id ".repeat(6_000));
    let costly = "{ customers(first: 100) { edges { node { contacts(first: 100) { edges { node { customer { operations(first: 100) { totalCount } } } } } } } } }".to_owned();
    let nested_lists =
        format!("{{ customers(filter: {{or: {}{}}}) {{ totalCount }} }}", "[".repeat(5_000), "]".repeat(5_000));
    let ids: String = (0..100).map(|number| format!("\"customer_{number:08}-0000-0000-0000-000000000000\" ")).collect();
    let batch = format!(
        "mutation {{ claimCustomers(input: {{customerIds: [{ids}]}}) {{ results {{ customer {{ contacts(first: 100) {{ edges {{ node {{ name title phones emails wechat }} }} }} }} }} }} }}"
    );
    let mut lines = Vec::new();
    for (name, document) in [
        ("depth", deep),
        ("bomb", bomb),
        ("circle", circle),
        ("aliases", aliases),
        ("roots", roots),
        ("tokens", tokens),
        ("cost", costly),
        ("nesting", nested_lists),
        ("batch", batch),
    ] {
        let answer = ann.ask_with(&document, json!({})).await;
        let error = &answer["errors"][0];
        let message: String = error["message"].as_str().unwrap_or_default().chars().take(90).collect();
        lines.push(format!("{name}: {} {message}", error["extensions"]["code"].as_str().unwrap_or_default()));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn the_size_of_a_request_body_is_limited_and_introspection_can_be_disabled() {
    let limits = Limits { body_bytes: 1_000, no_introspection: true, ..Limits::default() };
    let world = World::with_limits(limits).await;
    let ann = world.sales("Ann").await;
    let body = json!({"query": format!("{{ viewer {{ name }} }} #{}", "x".repeat(1_000))}).to_string();
    let request =
        axum::http::Request::post("/graphql").header("content-type", "application/json").body(body.into()).unwrap();
    assert_eq!(ann.send(request).await.0, 413);
    assert_eq!(ann.refused("{ __schema { types { name } } }", json!({})).await, "BAD_USER_INPUT");
    assert_eq!(
        ann.refused("{ ... on Query { viewer { name } t: __type(name: \"Customer\") { name } } }", json!({})).await,
        "BAD_USER_INPUT"
    );
    assert_eq!(ann.ask("{ __typename }").await["__typename"], "Query");
}

#[tokio::test]
async fn a_request_has_a_time_limit() {
    let limits = Limits { request_time: std::time::Duration::from_millis(300), ..Limits::default() };
    let world = World::with_limits(limits).await;
    let ann = world.sales("Ann").await;
    let acme = ann.create("Acme").await;
    let mut holder = world.db.begin().await.unwrap();
    sqlx::query("lock table customer in access exclusive mode").execute(&mut *holder).await.unwrap();
    assert_eq!(ann.refused("{ customers { totalCount } }", json!({})).await, "UNAVAILABLE");
    holder.rollback().await.unwrap();
    assert_eq!(
        ann.data("query($id: ID!) { customer(id: $id) { name } }", json!({"id": acme})).await["customer"]["name"],
        "Acme"
    );
}
