//! Scheduled jobs, as administrators see them.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};
use tidepool::jobs::{self, Job};

use crate::support::{Person, World};

impl Person {
    async fn timetable(&self) -> Json {
        self.ask("{ jobs { name nextRunAt lastStartedAt lastFinishedAt lastError } }").await["jobs"].clone()
    }
}

#[tokio::test]
async fn administrators_see_due_and_past_runs_of_jobs() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let idle = |name: &str, next: Json| json!({"name": name, "nextRunAt": next, "lastStartedAt": null, "lastFinishedAt": null, "lastError": null});
    let next_hour = json!("2026-03-02T01:17:00.000000Z");
    assert_eq!(
        admin.timetable().await,
        json!([idle("pool-rules", json!(null)), idle("reminders", json!(null)), idle("forget", next_hour.clone())])
    );
    assert_eq!(ann.timetable().await, json!([]));
    // The job "forget" is scheduled in UTC, also for a business time zone with a half-hour offset.
    assert_eq!(admin.outcome("updateSettings", json!({"businessTimeZone": "Asia/Kolkata"})).await, "");
    assert_eq!(admin.timetable().await[2], idle("forget", next_hour));
    assert_eq!(admin.outcome("updateSettings", json!({"businessTimeZone": "Asia/Shanghai"})).await, "");

    let input = json!({"name": "Idle", "condition": "owned_days > 3", "action": "RELEASE_TO_POOL", "priority": 1, "schedule": "0 3 * * *"});
    assert_eq!(admin.outcome("createPoolRule", input).await, "");
    let night = json!("2026-03-02T19:00:00.000000Z");
    jobs::run(&world.app, Job::PoolRules).await.unwrap();
    assert_eq!(admin.timetable().await[0], idle("pool-rules", night.clone()), "there was nothing to do");
    let acme = json!(ann.create("Acme").await);
    let task = json!({"customerId": acme, "subject": "call", "dueTime": night});
    assert_eq!(ann.outcome("createTask", task).await, "");
    assert_eq!(admin.timetable().await[1], idle("reminders", night.clone()));
    world.advance(TimeDelta::hours(18));
    for job in Job::ALL {
        jobs::run(&world.app, job).await.unwrap();
    }
    let done = |name: &str, next: Json| json!({"name": name, "nextRunAt": next, "lastStartedAt": night, "lastFinishedAt": night, "lastError": null});
    assert_eq!(
        admin.timetable().await,
        json!([
            done("pool-rules", json!("2026-03-03T19:00:00.000000Z")),
            done("reminders", json!(null)),
            done("forget", json!("2026-03-02T19:17:00.000000Z"))
        ])
    );
}

#[tokio::test]
async fn a_failed_job_is_reported_without_internal_details() {
    let world = World::new().await;
    let admin = world.admin().await;
    sqlx::query("alter table event rename to event_gone").execute(&world.db).await.unwrap();
    assert!(jobs::run(&world.app, Job::Forget).await.is_err());
    assert_eq!(
        admin.timetable().await[2]["lastError"],
        "An internal error occurred. It was logged. 服务器内部错误，已记录。"
    );
}

#[tokio::test]
async fn what_is_kept_for_a_time_is_deleted_afterwards() {
    let world = World::new().await;
    let admin = world.admin().await;
    let (ann, ben) = (world.sales("Ann").await, world.sales("Ben").await);
    let mut customers = Vec::new();
    for (name, key) in [("Acme", "a"), ("Blue Wave", "b")] {
        let input = json!({"name": name, "source": "WEBSITE", "idempotencyKey": key});
        let made = admin.act("createCustomer", input, "customer { id }").await;
        customers.push(made["customer"]["id"].clone());
    }
    admin.outcomes("assignCustomers", json!({"customerIds": customers, "ownerId": ann.gid()})).await;
    ben.ask("mutation { logout { userErrors { message } } }").await;

    let left = async || {
        jobs::run(&world.app, Job::Forget).await.unwrap();
        let count = async |table: &str| world.sql::<i64>(&format!("select count(*) from {table}")).await;
        (count("idempotency_key").await, count("session").await, count("notification").await)
    };
    assert_eq!(left().await, (2, 3, 2));
    world.advance(TimeDelta::days(30));
    assert_eq!(left().await, (2, 3, 2));
    world.advance(TimeDelta::seconds(1));
    assert_eq!(left().await, (0, 3, 2));
    world.advance(TimeDelta::days(150));
    assert_eq!(left().await, (0, 2, 2), "Ben has signed out");
    assert_eq!(admin.outcome("updateSettings", json!({"notificationDays": 29})).await, "INVALID");
    world.advance(TimeDelta::days(20));
    assert_eq!(admin.outcome("updateSettings", json!({"notificationDays": 200})).await, "");
    assert_eq!(left().await, (0, 2, 0));
}
