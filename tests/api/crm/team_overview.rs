//! A team at a glance: the numbers are those of the lists that a superior would open.

use chrono::TimeDelta;
use serde_json::{Value as Json, json};
use tidepool::seed::{self, Plan};

use crate::support::{Person, Statements, World, monday};

const OVERVIEW: &str = "query($days: Int, $by: Boolean) { teamOverview(days: $days, byDirectReport: $by) { until members { user { id name }
    ownedCustomers overdueCustomers fallingCustomers followUpsToday openTasks overdueTasks awayUntil } } }";

impl Person {
    /// The members of the overview, without the ids.
    async fn overview(&self, variables: Json) -> Vec<Json> {
        let read = self.data(OVERVIEW, variables).await;
        read["teamOverview"]["members"].as_array().unwrap().clone()
    }

    async fn count(&self, query: &str, variables: Json) -> Json {
        self.data(query, variables).await["list"]["totalCount"].clone()
    }
}

#[tokio::test]
async fn a_superior_sees_what_each_user_below_has_to_do() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let lead = world.person("Lead", "manager", Some(&boss)).await;
    let ann = world.person("Ann", "sales", Some(&lead)).await;
    let ben = world.person("Ben", "sales", Some(&boss)).await;
    let (admin, other) = (world.admin().await, world.sales("Other").await);
    let rule = json!({"name": "Idle", "condition": "followup_days > 3", "action": "RELEASE_TO_POOL", "priority": 1, "schedule": "0 3 * * *"});
    assert_eq!(admin.outcome("createPoolRule", rule).await, "");
    let (acme, blue) = (json!(ann.create("Acme").await), json!(ann.create("Blue").await));
    json!(other.create("Cosmos").await);
    let put_away = json!(ann.create("Put away").await);
    assert_eq!(lead.outcome("archiveCustomer", json!({"customerId": put_away})).await, "");
    world.advance(TimeDelta::hours(2));
    let soon = world.clock.now() + TimeDelta::hours(1);
    for customer in [&acme, &blue] {
        let task = json!({"customerId": customer, "subject": "call", "dueTime": soon.to_rfc3339()});
        assert_eq!(ann.outcome("createTask", task).await, "");
    }
    let away = json!({"userId": ben.gid(), "firstDay": "2026-03-02", "lastDay": "2026-03-04"});
    assert_eq!(boss.outcome("recordAbsence", away).await, "");
    // No task is due yet, so no server reminds of one meanwhile.
    let statements = Statements::listen();
    boss.overview(json!({})).await;
    assert_eq!(statements.sent().len(), 1, "{:?}", statements.sent());
    drop(statements);
    world.advance(TimeDelta::hours(2));
    let note = json!({"customerId": blue, "channel": "PHONE", "content": "x"});
    assert_eq!(ann.outcome("recordFollowUp", note).await, "");
    let line = |name: &str, numbers: [i64; 6], away: Json| {
        let [owned, overdue, falling, talks, open, late] = numbers;
        json!({"user": {"name": name}, "ownedCustomers": owned, "overdueCustomers": overdue, "fallingCustomers": falling,
               "followUpsToday": talks, "openTasks": open, "overdueTasks": late, "awayUntil": away})
    };
    let seen = async |who: &Person, variables: Json| {
        let mut members = who.overview(variables).await;
        for member in &mut members {
            member["user"].as_object_mut().unwrap().remove("id");
        }
        members
    };
    let flat = seen(&boss, json!({"days": 5})).await;
    let away = json!("2026-03-04");
    assert_eq!(
        flat,
        [
            line("Ann", [2, 2, 2, 1, 2, 2], Json::Null),
            line("Ben", [0, 0, 0, 0, 0, 0], away.clone()),
            line("Lead", [0, 0, 0, 0, 0, 0], Json::Null)
        ]
    );
    let by_report = [line("Ben", [0, 0, 0, 0, 0, 0], away), line("Lead", [2, 2, 2, 1, 2, 2], Json::Null)];
    assert_eq!(seen(&boss, json!({"days": 5, "by": true})).await, by_report);
    assert_eq!(seen(&boss, json!({"days": 0})).await[0]["fallingCustomers"], 0);
    assert_eq!(seen(&lead, json!({})).await.len(), 1, "each superior sees the own team");
    for nobody in [&ann, &world.person("Hana", "hr", None).await, &world.person("Alan", "analyst", None).await] {
        assert_eq!(nobody.data(OVERVIEW, json!({})).await["teamOverview"], Json::Null, "{}", nobody.name);
    }
    assert_eq!(boss.refused(OVERVIEW, json!({"days": 400})).await, "BAD_USER_INPUT");
    let everybody = seen(&admin, json!({})).await;
    assert!(everybody.iter().any(|member| member["user"]["name"] == "Other" && member["ownedCustomers"] == 1));
}

/// The numbers are those of the lists, for everybody in the demo data.
#[tokio::test]
async fn each_number_is_the_length_of_a_list() {
    let world = World::new().await;
    seed::seed(&world.db, &Plan::demo(monday())).await.unwrap();
    world.app.follow().await.unwrap();
    let (manager, admin) =
        (world.existing_user("manager@tidepool.example").await, world.existing_user("admin@tidepool.example").await);
    let rule = json!({"name": "Idle", "condition": "followup_days > 10", "action": "RELEASE_TO_POOL", "priority": 1, "schedule": "0 3 * * *",
                      "confirm": true});
    assert_eq!(admin.outcome("createPoolRule", rule).await, "");
    let read = manager.data(OVERVIEW, json!({"days": 4})).await["teamOverview"].clone();
    let members = read["members"].as_array().unwrap();
    assert!(members.len() > 3, "{read}");
    let (mut falling, mut owned) = (0, 0);
    for member in members.iter().take(6) {
        let who = &member["user"]["id"];
        let customers = "query($filter: CustomerFilter) { list: teamCustomers(filter: $filter) { totalCount } }";
        let tasks = "query($filter: TaskFilter) { list: tasks(filter: $filter) { totalCount } }";
        let talks = "query($filter: FollowUpFilter) { list: followUps(filter: $filter) { totalCount } }";
        let of = json!({"eq": who});
        let today = json!({"authorId": of, "at": {"gte": "2026-03-01T16:00:00Z"}, "not": {"channel": {"eq": "ORDER"}}});
        for (number, query, filter) in [
            ("ownedCustomers", customers, json!({"ownerId": of})),
            ("overdueCustomers", customers, json!({"ownerId": of, "followUpDue": "OVERDUE"})),
            ("fallingCustomers", customers, json!({"ownerId": of, "returnsToPoolBefore": read["until"]})),
            ("followUpsToday", talks, today),
            ("openTasks", tasks, json!({"ownerId": of})),
            ("overdueTasks", tasks, json!({"ownerId": of, "due": "OVERDUE"})),
        ] {
            assert_eq!(member[number], manager.count(query, json!({"filter": filter})).await, "{number} of {member}");
        }
        falling += member["fallingCustomers"].as_i64().unwrap();
        owned += member["ownedCustomers"].as_i64().unwrap();
    }
    assert!(falling > 0 && falling < owned, "{read}");
}
