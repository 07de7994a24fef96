//! What is committed is never told as failed.

use std::time::Duration;

use serde_json::{Value as Json, json};
use tidepool::kernel::clock::Clock;
use tidepool::kernel::config::Limits;

use crate::support::{World, fresh_database, monday, pretty, until};

/// How many reads of one user may wait for a connection.
const WAITING: usize = 200;

const CLAIM: &str =
    "mutation($id: ID!) { claimCustomer(input: {customerId: $id}) { customer { name } userErrors { code } } }";

/// Locks a table against reading until the transaction ends.
async fn locked(world: &World, table: &'static str) -> sqlx::Transaction<'static, sqlx::Postgres> {
    let mut lock = world.db.begin().await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("lock table {table}"))).execute(&mut *lock).await.unwrap();
    lock
}

async fn is_owned(world: &World, customer: &Json) -> bool {
    let id = customer.as_str().unwrap().trim_start_matches("customer_");
    world.sql(&format!("select owner_user_id is not null from customer where id = '{id}'")).await
}

#[tokio::test]
async fn a_payload_is_read_when_the_connections_for_reads_are_busy() {
    let world = World::new().await;
    let people = [world.sales("Ann").await, world.sales("Bob").await];
    let acme = world.pooled("Acme").await;
    let lock = locked(&world, "product").await;
    let mut reads = Vec::new();
    for person in &people {
        for _ in 0..10 + WAITING {
            let person = person.clone();
            reads.push(tokio::spawn(async move { person.ask_with("{ products { totalCount } }", json!({})).await }));
        }
    }
    // All connections for reads are taken, and Ann can't even wait for one.
    let waiting =
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
    until(async || world.sql::<i64>(waiting).await >= 10).await;
    let refused = people[0].refused("{ products { totalCount } }", json!({})).await;
    assert_eq!(refused, "UNAVAILABLE");
    let claimed = people[0].data(CLAIM, json!({"id": acme})).await;
    assert_eq!(claimed["claimCustomer"]["customer"], json!({"name": "Acme"}));
    lock.rollback().await.unwrap();
    for read in reads {
        read.await.unwrap();
    }
}

#[tokio::test]
async fn a_change_whose_payload_can_not_be_read_in_time_is_told_as_made() {
    let limits = Limits { request_time: Duration::from_secs(1), ..Limits::default() };
    let world = World::on(fresh_database().await, Clock::manual(monday()), limits).await;
    let ann = world.sales("Ann").await;
    let (acme, blue) = (world.pooled("Acme").await, world.pooled("Blue Wave").await);
    let lock = locked(&world, "order_feedback").await;
    let query = "mutation($a: ID!, $b: ID!) {
        first: claimCustomer(input: {customerId: $a}) { customer { feedback(first: 1) { totalCount } } }
        second: claimCustomer(input: {customerId: $b}) { customer { name } } }";
    let answer = ann.ask_with(query, json!({"a": acme, "b": blue})).await;
    lock.rollback().await.unwrap();
    assert_eq!([is_owned(&world, &acme).await, is_owned(&world, &blue).await], [true, false]);
    insta::assert_snapshot!(pretty(&answer), @r#"
    {
      "data": null,
      "errors": [
        {
          "extensions": {
            "code": "PAYLOAD_UNAVAILABLE"
          },
          "message": "The change was made, but what you asked to read of it can't be read at the moment. Read it again, and do not repeat the change.",
          "path": [
            "first"
          ]
        },
        {
          "extensions": {
            "code": "UNAVAILABLE"
          },
          "message": "The request took longer than 1 seconds."
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn a_change_whose_answer_is_too_large_is_told_as_made() {
    let world = World::with_limits(Limits { response_bytes: 300, ..Limits::default() }).await;
    let ann = world.sales("Ann").await;
    let acme = world.pooled("Acme").await;
    let query = format!(
        "mutation($id: ID!) {{ claimCustomer(input: {{customerId: $id}}) {{ customer {{ {} }} }} }}",
        (0..30).map(|number| format!("a{number}: name ")).collect::<String>()
    );
    let answer = ann.ask_with(&query, json!({"id": acme})).await;
    let codes: Vec<_> = answer["errors"].as_array().unwrap().iter().map(|error| &error["extensions"]["code"]).collect();
    assert_eq!(codes, ["PAYLOAD_UNAVAILABLE", "QUERY_TOO_COMPLEX"], "{answer}");
    assert!(is_owned(&world, &acme).await);
}

/// A commit whose answer is lost: PostgreSQL waits for a replica that is not there, and the connection breaks meanwhile.
#[tokio::test]
async fn a_change_whose_commit_gets_no_answer_is_in_doubt() {
    let world = World::new().await;
    let ann = world.sales("Ann").await;
    let acme = world.pooled("Acme").await;
    // The trigger runs when the transaction commits, and ends its own connection.
    sqlx::raw_sql(
        "create function break_off() returns trigger language plpgsql security definer as $$
         begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
         create constraint trigger break_off after update on customer deferrable initially deferred
             for each row execute function break_off()",
    )
    .execute(&world.db)
    .await
    .unwrap();
    let answer = ann.ask_with(CLAIM, json!({"id": acme})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "OUTCOME_UNKNOWN", "{answer}");
    assert_eq!(answer["errors"][0]["path"], json!(["claimCustomer"]));
}
