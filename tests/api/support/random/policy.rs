//! A random policy for a world.

use fastrand::Rng;
use sqlx::Row;

use super::pick;
use crate::support::World;

/// Permissions that roles may get in addition.
const MORE: [(&str, &str, &[&str]); 12] = [
    ("customer", "read", &["own", "team", "pool", "pool_all", "entered", "entered_pooled", "ordered"]),
    ("pool", "read", &["own", "team", "pool", "all"]),
    ("contact", "read", &["own", "team", "pool_all", "entered_pooled", "ordered"]),
    ("contact_details", "read", &["own", "team", "entered_pooled"]),
    ("contact_details", "reveal", &["own", "team", "entered_pooled", "ordered"]),
    ("operation", "read", &["own", "team", "pool", "pool_all", "entered"]),
    ("operation_batch", "read", &["own", "team", "all"]),
    ("opportunity", "read", &["own", "held", "team", "pool", "pool_all", "all"]),
    ("follow_up", "read", &["own", "team", "all"]),
    ("task", "read", &["own", "held", "team", "all"]),
    ("order", "read", &["own", "held", "team", "all"]),
    ("feedback", "read", &["own", "held", "team", "all"]),
];

/// Removes some lines, and adds some.
pub async fn change_policy(world: &World, rng: &mut Rng) {
    // Without what the model does not know.
    let lines = "select role, resource, action, scope from permission where resource not in ('audit', 'api_key')";
    let lines = sqlx::query(lines).fetch_all(&world.db).await.unwrap();
    for line in lines.iter().filter(|_| rng.u8(..10) == 0) {
        sqlx::query("delete from permission where role = $1 and resource = $2 and action = $3 and scope = $4")
            .bind(line.get::<String, _>(0))
            .bind(line.get::<String, _>(1))
            .bind(line.get::<String, _>(2))
            .bind(line.get::<String, _>(3))
            .execute(&world.db)
            .await
            .unwrap();
    }
    for (resource, action, scopes) in MORE {
        let role = pick(rng, &["sales", "hr", "service", "marketing", "analyst"]);
        sqlx::query("insert into permission values ($1, $2, $3, $4) on conflict do nothing")
            .bind(role)
            .bind(resource)
            .bind(action)
            .bind(pick(rng, scopes))
            .execute(&world.db)
            .await
            .unwrap();
    }
    world.app.follow().await.unwrap();
}
