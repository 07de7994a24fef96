//! Tasks: what somebody has to do about a customer, who is reminded of it, and what becomes of it when the customer moves.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value as Json, json};
use tidepool::jobs::{self, Job};

use crate::support::{Person, World, pretty, until};

fn iso(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

impl World {
    fn in_hours(&self, hours: i64) -> String {
        iso(self.clock.now() + TimeDelta::hours(hours))
    }

    /// Sends what is due, unless the server does it by itself just now; then the person has these notifications about tasks.
    async fn remind(&self, person: &Person, expected: &[&str]) {
        jobs::run(&self.app, Job::Reminders).await.unwrap();
        until(async || person.reminders().await == expected).await;
    }

    /// Every task: subject, owner, status, and the steps with who took them.
    async fn tasks(&self) -> String {
        self.sql(
            "select coalesce(string_agg(t.subject || ': ' || o.name || ' ' || t.status || ' (' || s.steps || ')', e'\n' order by t.created_at, t.id), '')
             from task t join app_user o on o.id = t.owner_user_id
             cross join lateral (select string_agg(s.action || ' ' || coalesce(u.name, '-'), ', ' order by s.version) as steps
                                 from task_step s left join app_user u on u.id = s.user_id where s.task_id = t.id) s",
        )
        .await
    }
}

impl Person {
    /// Creates a task about a customer; returns its id.
    async fn task(&self, customer: &Json, subject: &str, due: &str, more: Json) -> Json {
        let mut input = json!({"customerId": customer, "subject": subject, "dueTime": due});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let made = self.act("createTask", input, "task { id }").await;
        assert_eq!(made["userErrors"], json!([]));
        made["task"]["id"].clone()
    }

    /// The subjects of the tasks of a list, in its order.
    async fn subjects(&self, filter: Json) -> Vec<String> {
        let query = "query($filter: TaskFilter) { tasks(filter: $filter) { edges { node { subject } } } }";
        let read = self.data(query, json!({"filter": filter})).await;
        let edges = read["tasks"]["edges"].as_array().unwrap();
        edges.iter().map(|edge| edge["node"]["subject"].as_str().unwrap_or("-").to_owned()).collect()
    }

    async fn next_contact(&self, customer: &Json) -> Json {
        let query = "query($id: ID!) { customer(id: $id) { nextContactTime } }";
        self.data(query, json!({"id": customer})).await["customer"]["nextContactTime"].clone()
    }

    /// The kinds and subjects of the notifications about tasks, the earliest first.
    async fn reminders(&self) -> Vec<String> {
        let query = "{ notifications(orderBy: AT_ASC) { edges { node { kind customerName task { subject } } } } }";
        let read = self.ask(query).await;
        let edges = read["notifications"]["edges"].as_array().unwrap();
        let about_tasks = edges.iter().map(|edge| &edge["node"]).filter(|node| !node["task"].is_null());
        about_tasks
            .map(|node| {
                let text = |json: &Json| json.as_str().unwrap_or("-").to_owned();
                format!("{} {} {}", text(&node["kind"]), text(&node["customerName"]), text(&node["task"]["subject"]))
            })
            .collect()
    }
}

/// A superior, two reps below, and a customer of the first one.
async fn team(world: &World) -> (Person, Person, Person, Json) {
    let boss = world.person("Boss", "manager", None).await;
    let ann = world.person("Ann", "sales", Some(&boss)).await;
    let ben = world.person("Ben", "sales", Some(&boss)).await;
    let acme = json!(ann.create("Acme").await);
    world.advance(TimeDelta::hours(1));
    (boss, ann, ben, acme)
}

#[tokio::test]
async fn a_task_is_created_moved_and_completed_and_shows_who_did_it() {
    let world = World::new().await;
    let (boss, ann, _, acme) = team(&world).await;
    let given = json!({"ownerId": ann.gid()});
    let task = boss.task(&acme, "发送合同", &world.in_hours(5), given).await;
    assert_eq!(ann.reminders().await, ["TASK_GIVEN Acme 发送合同"]);
    assert_eq!(ann.next_contact(&acme).await, world.in_hours(5));
    world.advance(TimeDelta::hours(1));
    let later = json!({"taskId": task, "version": 1, "dueTime": world.in_hours(30)});
    assert_eq!(ann.outcome("moveTask", later.clone()).await, "");
    assert_eq!(ann.outcome("moveTask", later).await, "CONFLICT", "of an old version");
    assert_eq!(ann.outcome("moveTask", json!({"taskId": task, "version": 2, "dueTime": world.in_hours(30)})).await, "");
    let past = json!({"taskId": task, "version": 2, "dueTime": iso(world.clock.now())});
    assert_eq!(ann.outcome("moveTask", past).await, "INVALID");
    world.advance(TimeDelta::hours(1));
    for _ in 0..2 {
        assert_eq!(ann.outcome("completeTask", json!({"taskId": task})).await, "");
    }
    assert_eq!(ann.outcome("cancelTask", json!({"taskId": task})).await, "TASK_ENDED");
    let again = json!({"taskId": task, "version": 3, "dueTime": world.in_hours(30)});
    assert_eq!(ann.outcome("moveTask", again).await, "TASK_ENDED");
    assert_eq!(ann.next_contact(&acme).await, Json::Null);
    let query = "query($id: ID!) { customer(id: $id) { tasks { totalCount } ended: tasks(filter: {status: {in: [DONE, CANCELLED]}}) { edges { node {
        subject status dueTime endedAt version owner { name } createdBy { name } endedBy { name }
        steps { action at dueTime owner { name } operator { name } } } } } } }";
    insta::assert_snapshot!(pretty(&boss.data(query, json!({"id": acme})).await["customer"]));
    world.assert_sound().await;
}

#[tokio::test]
async fn the_same_key_creates_one_task() {
    let world = World::new().await;
    let (_, ann, _, acme) = team(&world).await;
    let key = json!({"idempotencyKey": "k1"});
    let first = ann.task(&acme, "call", &world.in_hours(5), key.clone()).await;
    assert_eq!(ann.task(&acme, "call", &world.in_hours(5), key).await, first);
    assert_eq!(world.sql::<i64>("select count(*) from task").await, 1);
}

#[tokio::test]
async fn a_task_is_given_only_to_whom_may_see_the_customer() {
    let world = World::new().await;
    let (boss, ann, ben, acme) = team(&world).await;
    let (hana, gone) = (world.person("Hana", "hr", None).await, world.person("Gone", "sales", Some(&boss)).await);
    assert_eq!(hana.outcome("departUser", json!({"userId": gone.gid()})).await, "");
    let due = world.in_hours(5);
    let give = async |who: &Person, to: &Person| {
        let input = json!({"customerId": acme, "subject": "call", "dueTime": due, "ownerId": to.gid()});
        who.outcome("createTask", input).await
    };
    assert_eq!(give(&ann, &boss).await, "", "a rep may ask a superior");
    assert_eq!(give(&boss, &ann).await, "");
    assert_eq!(give(&boss, &ben).await, "INVALID_OWNER", "who does not see the customer");
    assert_eq!(give(&boss, &hana).await, "INVALID_OWNER");
    assert_eq!(give(&boss, &gone).await, "INVALID_OWNER");
    assert_eq!(give(&ben, &ben).await, "NOT_FOUND");
    let mark = world.person("Mark", "marketing", None).await;
    assert_eq!(
        mark.refused(
            "mutation($due: DateTime!, $id: ID!) { createTask(input: {customerId: $id, subject: \"x\", dueTime: $due}) { userErrors { code } } }",
            json!({"due": due, "id": acme})
        )
        .await,
        "FORBIDDEN"
    );
    // What was asked of the superior, the customer's owner may cancel; a colleague does not see it.
    let asked: String = world
        .sql("select 'task_' || t.id from task t join app_user u on u.id = t.owner_user_id where u.name = 'Boss'")
        .await;
    assert_eq!(ben.outcome("cancelTask", json!({"taskId": asked})).await, "NOT_FOUND");
    assert_eq!(ann.outcome("cancelTask", json!({"taskId": asked})).await, "");
    // It does not count as the owner's next contact.
    assert_eq!(ann.subjects(json!({"ownerId": {"eq": boss.gid()}, "status": {"eq": "CANCELLED"}})).await, ["call"]);
}

#[tokio::test]
async fn a_task_is_about_a_customer_an_opportunity_or_an_order_of_the_customer() {
    let world = World::new().await;
    let (_, ann, _, acme) = team(&world).await;
    let pump = world.product("PUMP", "100").await;
    let (deal, order) = (ann.opportunity(&acme, "5000").await, ann.order(&acme, &pump, json!({})).await);
    let blue = json!(ann.create("Blue").await);
    let due = world.in_hours(5);
    ann.task(&acme, "deal", &due, json!({"opportunityId": deal})).await;
    ann.task(&acme, "order", &due, json!({"orderId": order})).await;
    for (customer, more, code) in [
        (&acme, json!({"opportunityId": deal, "orderId": order}), "INVALID"),
        (&blue, json!({"opportunityId": deal}), "NOT_FOUND"),
        (&blue, json!({"orderId": order}), "NOT_FOUND"),
        (&acme, json!({"subject": "  "}), "INVALID"),
        (&acme, json!({"dueTime": iso(world.clock.now())}), "INVALID"),
        (&acme, json!({"dueTime": world.in_hours(24 * 366 * 6)}), "INVALID"),
    ] {
        let mut input = json!({"customerId": customer, "subject": "x", "dueTime": due});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(ann.outcome("createTask", input).await, code, "{more}");
    }
    let query = "query($deal: ID!, $order: ID!) { opportunity(id: $deal) { tasks { edges { node { subject } } } }
        order(id: $order) { tasks { edges { node { subject opportunity { id } order { orderNo } } } } } }";
    let read = ann.data(query, json!({"deal": deal, "order": order})).await;
    assert_eq!(read["opportunity"]["tasks"]["edges"], json!([{"node": {"subject": "deal"}}]));
    assert_eq!(read["order"]["tasks"]["edges"][0]["node"]["subject"], "order");
}

#[tokio::test]
async fn tasks_are_listed_by_due_today_and_overdue_and_superiors_see_those_of_their_team() {
    let world = World::new().await;
    let (boss, ann, ben, acme) = team(&world).await;
    let blue = json!(ben.create("Blue").await);
    // It is 10:00 in the business time zone, so 14 hours of the day are left.
    ann.task(&acme, "tonight", &world.in_hours(13), json!({})).await;
    ann.task(&acme, "tomorrow", &world.in_hours(15), json!({})).await;
    ann.task(&acme, "soon", &world.in_hours(1), json!({})).await;
    ben.task(&blue, "his", &world.in_hours(2), json!({})).await;
    assert_eq!(ann.subjects(json!({})).await, ["soon", "tonight", "tomorrow"], "the earliest due first");
    assert_eq!(ann.subjects(json!({"due": "TODAY"})).await, ["soon", "tonight"]);
    assert_eq!(ann.subjects(json!({"due": "OVERDUE"})).await, [""; 0]);
    world.advance(TimeDelta::hours(3));
    assert_eq!(ann.subjects(json!({"due": "OVERDUE"})).await, ["soon"]);
    assert_eq!(boss.subjects(json!({"due": "OVERDUE"})).await, ["soon", "his"]);
    assert_eq!(boss.subjects(json!({"ownerId": {"eq": ben.gid()}})).await, ["his"]);
    assert_eq!(boss.subjects(json!({"ownerId": {"eq": boss.gid()}})).await, [""; 0]);
    world.advance(TimeDelta::hours(12));
    assert_eq!(ann.subjects(json!({"due": "TODAY"})).await, ["tomorrow"]);
}

#[tokio::test]
async fn the_owner_is_reminded_once_whichever_server_is_first() {
    let world = World::new().await;
    let (_, ann, _, acme) = team(&world).await;
    let there = world.second_server().await;
    let task = ann.task(&acme, "call", &world.in_hours(2), json!({})).await;
    ann.task(&acme, "later", &world.in_hours(50), json!({})).await;
    world.remind(&ann, &[]).await;
    world.advance(TimeDelta::hours(2));
    let (one, other) = tokio::join!(jobs::run(&world.app, Job::Reminders), jobs::run(&there.app, Job::Reminders));
    one.unwrap();
    other.unwrap();
    world.remind(&ann, &["TASK_DUE Acme call"]).await;
    // A task that is moved reminds again, at its new time.
    world.advance(TimeDelta::hours(1));
    let later = json!({"taskId": task, "version": 1, "dueTime": world.in_hours(1)});
    assert_eq!(ann.outcome("moveTask", later).await, "");
    world.remind(&ann, &["TASK_DUE Acme call"]).await;
    // What came due while no server ran is made up for.
    world.advance(TimeDelta::days(7));
    let all = ["TASK_DUE Acme call", "TASK_DUE Acme call", "TASK_DUE Acme later"];
    there.remind(&ann, &all).await;
    // Of what was done or cancelled nobody is reminded.
    let done = ann.task(&acme, "done", &world.in_hours(1), json!({})).await;
    let cancelled = ann.task(&acme, "cancelled", &world.in_hours(1), json!({})).await;
    assert_eq!(ann.outcome("completeTask", json!({"taskId": done})).await, "");
    assert_eq!(ann.outcome("cancelTask", json!({"taskId": cancelled})).await, "");
    world.advance(TimeDelta::hours(2));
    world.remind(&ann, &all).await;
}

#[tokio::test]
async fn the_next_contact_of_a_follow_up_is_a_task_until_a_later_talk() {
    let world = World::new().await;
    let (boss, ann, _, acme) = team(&world).await;
    let note = async |who: &Person, more: Json| {
        let mut input = json!({"customerId": acme, "channel": "PHONE", "content": "hello"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let selection = "followUp { id task { subject dueTime owner { name } plannedIn { content } } }";
        let recorded = who.act("recordFollowUp", input, selection).await;
        assert_eq!(recorded["userErrors"], json!([]), "{recorded}");
        recorded["followUp"].clone()
    };
    let friday = world.in_hours(90);
    let planned = note(&ann, json!({"nextPlan": "发报价", "nextContactTime": friday})).await;
    let task =
        json!({"subject": "发报价", "dueTime": friday, "owner": {"name": "Ann"}, "plannedIn": {"content": "hello"}});
    assert_eq!(planned["task"], task);
    assert_eq!(ann.next_contact(&acme).await, friday);
    // What was planned by hand stays, and the earliest counts.
    let by_hand = ann.task(&acme, "按合同催款", &world.in_hours(200), json!({})).await;
    ann.task(&acme, "寄样品", &world.in_hours(20), json!({})).await;
    assert_eq!(ann.next_contact(&acme).await, world.in_hours(20));
    world.advance(TimeDelta::hours(2));
    // What a superior plans with the customer, its owner does. The talk completes what the one before planned, and the task
    // that it names.
    let monday = world.in_hours(100);
    let talked = note(&boss, json!({"nextContactTime": monday, "completeTaskId": by_hand})).await;
    assert_eq!(talked["task"]["owner"]["name"], "Ann");
    assert_eq!(talked["task"]["subject"], Json::Null);
    let done = "query($id: ID!) { node(id: $id) { ... on Task { status completedIn { id } endedBy { name } } } }";
    let done = ann.data(done, json!({"id": by_hand})).await;
    assert_eq!(
        done["node"],
        json!({"status": "DONE", "completedIn": {"id": talked["id"]}, "endedBy": {"name": "Boss"}})
    );
    assert_eq!(ann.subjects(json!({})).await, ["寄样品", "-"]);
    assert_eq!(ann.subjects(json!({"status": {"eq": "DONE"}})).await, ["发报价", "按合同催款"]);
    // A talk from before completes nothing.
    let before = iso(world.clock.now() - TimeDelta::minutes(30));
    note(&ann, json!({"at": before})).await;
    assert_eq!(ann.subjects(json!({})).await, ["寄样品", "-"]);
    let other = json!(ann.create("Blue").await);
    let input = json!({"customerId": other, "channel": "PHONE", "content": "x", "completeTaskId": format!("task_{}", uuid::Uuid::nil())});
    assert_eq!(ann.outcome("recordFollowUp", input).await, "NOT_FOUND");
    assert_eq!(world.sql::<i64>("select count(*) from followup").await, 3, "nothing is recorded");
    world.assert_sound().await;
}

#[tokio::test]
async fn tasks_go_with_a_transferred_customer_and_come_back_with_an_undo() {
    let world = World::new().await;
    let (boss, ann, ben, acme) = team(&world).await;
    let pump = world.product("PUMP", "100").await;
    let order = ann.order(&acme, &pump, json!({})).await;
    let due = world.in_hours(40);
    ann.task(&acme, "call", &due, json!({})).await;
    ann.task(&acme, "collect", &due, json!({"orderId": order})).await;
    ann.task(&acme, "approve", &due, json!({"ownerId": boss.gid()})).await;
    world.advance(TimeDelta::hours(1));
    let transfer = json!({"customerIds": [acme], "ownerId": ben.gid()});
    let moved = boss.act("transferCustomers", transfer, "operationBatch { id }").await;
    let there =
        "call: Ben OPEN (CREATE Ann, HAND_OVER -)\ncollect: Ann OPEN (CREATE Ann)\napprove: Boss OPEN (CREATE Ann)";
    assert_eq!(world.tasks().await, there);
    assert_eq!(ben.next_contact(&acme).await, due);
    world.assert_sound().await;
    world.advance(TimeDelta::hours(1));
    let undo = json!({"operationBatchId": moved["operationBatch"]["id"]});
    assert_eq!(boss.outcome("undoOperationBatch", undo).await, "");
    assert!(world.tasks().await.starts_with("call: Ann OPEN (CREATE Ann, HAND_OVER -, HAND_OVER -)"));
    // Who takes over the order takes over its tasks.
    boss.outcomes("transferCustomers", json!({"customerIds": [acme], "ownerId": ben.gid()})).await;
    assert_eq!(ben.outcome("adoptOrder", json!({"orderId": order, "version": 1})).await, "");
    assert!(world.tasks().await.contains("collect: Ben OPEN (CREATE Ann, HAND_OVER -)"), "{}", world.tasks().await);
    world.advance(TimeDelta::hours(50));
    world.remind(&ben, &["TASK_DUE Acme call", "TASK_DUE Acme collect"]).await;
    world.assert_sound().await;
}

#[tokio::test]
async fn a_release_cancels_the_tasks_of_the_owner_and_its_undo_opens_them_again() {
    let world = World::new().await;
    let (boss, ann, ben, acme) = team(&world).await;
    let pump = world.product("PUMP", "100").await;
    let order = ann.order(&acme, &pump, json!({})).await;
    let (soon, due) = (world.in_hours(3), world.in_hours(300));
    ann.task(&acme, "soon", &soon, json!({})).await;
    ann.task(&acme, "call", &due, json!({})).await;
    ann.task(&acme, "collect", &due, json!({"orderId": order})).await;
    let dropped = ann.task(&acme, "dropped", &due, json!({})).await;
    assert_eq!(ann.outcome("cancelTask", json!({"taskId": dropped})).await, "");
    world.advance(TimeDelta::hours(1));
    let release = json!({"customerIds": [acme]});
    let taken = boss.act("releaseCustomers", release, "operationBatch { id }").await;
    let pooled = "soon: Ann CANCELLED (CREATE Ann, CANCEL -)\ncall: Ann CANCELLED (CREATE Ann, CANCEL -)\n\
        collect: Ann OPEN (CREATE Ann)\ndropped: Ann CANCELLED (CREATE Ann, CANCEL Ann)";
    assert_eq!(world.tasks().await, pooled);
    assert_eq!(ann.subjects(json!({})).await, ["collect"], "the order is still hers");
    world.advance(TimeDelta::hours(4));
    world.remind(&ann, &[]).await;
    let undo = json!({"operationBatchId": taken["operationBatch"]["id"]});
    assert_eq!(boss.outcome("undoOperationBatch", undo).await, "");
    let back = "soon: Ann OPEN (CREATE Ann, CANCEL -, REOPEN -)\ncall: Ann OPEN (CREATE Ann, CANCEL -, REOPEN -)\n\
        collect: Ann OPEN (CREATE Ann)\ndropped: Ann CANCELLED (CREATE Ann, CANCEL Ann)";
    assert_eq!(world.tasks().await, back);
    assert_eq!(ann.next_contact(&acme).await, soon, "it is overdue");
    world.assert_sound().await;
    // A user who claims the customer later begins without tasks, and so does she; but her order is still to be paid.
    ann.release(&acme).await;
    world.advance(TimeDelta::days(4));
    assert_eq!(ben.claim(&acme).await, "");
    assert_eq!(ben.next_contact(&acme).await, Json::Null);
    ben.release(&acme).await;
    world.advance(TimeDelta::days(4));
    assert_eq!(ann.claim(&acme).await, "");
    assert_eq!(ann.subjects(json!({})).await, ["collect"]);
    assert_eq!(ann.next_contact(&acme).await, due);
    world.assert_sound().await;
}

#[tokio::test]
async fn an_archived_customer_has_no_open_tasks_until_it_is_restored() {
    let world = World::new().await;
    let (boss, ann, _, acme) = team(&world).await;
    let due = world.in_hours(40);
    ann.task(&acme, "call", &due, json!({})).await;
    boss.task(&acme, "look", &due, json!({})).await;
    world.advance(TimeDelta::hours(1));
    assert_eq!(boss.outcome("archiveCustomer", json!({"customerId": acme})).await, "");
    let away = "call: Ann CANCELLED (CREATE Ann, CANCEL -)\nlook: Boss CANCELLED (CREATE Boss, CANCEL -)";
    assert_eq!(world.tasks().await, away);
    let input = json!({"customerId": acme, "subject": "x", "dueTime": due});
    assert_eq!(boss.outcome("createTask", input).await, "ARCHIVED");
    world.advance(TimeDelta::hours(1));
    assert_eq!(boss.outcome("restoreCustomer", json!({"customerId": acme})).await, "");
    let back = "call: Ann OPEN (CREATE Ann, CANCEL -, REOPEN -)\nlook: Boss OPEN (CREATE Boss, CANCEL -, REOPEN -)";
    assert_eq!(world.tasks().await, back);
    assert_eq!(ann.next_contact(&acme).await, due);
    world.advance(TimeDelta::hours(50));
    world.remind(&ann, &["TASK_DUE Acme call"]).await;
    world.assert_sound().await;
}

#[tokio::test]
async fn a_merge_gives_the_tasks_to_the_owner_of_the_survivor() {
    let world = World::new().await;
    let (boss, ann, ben, acme) = team(&world).await;
    let blue = json!(ben.create("Blue").await);
    let pump = world.product("PUMP", "100").await;
    let (deal, order) = (ben.opportunity(&blue, "5000").await, ben.order(&blue, &pump, json!({})).await);
    let (mine, his) = (world.in_hours(40), world.in_hours(30));
    ann.task(&acme, "mine", &mine, json!({})).await;
    ben.task(&blue, "his", &his, json!({})).await;
    ben.task(&blue, "deal", &mine, json!({"opportunityId": deal})).await;
    ben.task(&blue, "order", &mine, json!({"orderId": order})).await;
    world.advance(TimeDelta::hours(1));
    assert_eq!(boss.outcome("mergeCustomers", json!({"survivorId": acme, "mergedId": blue})).await, "");
    let merged = "mine: Ann OPEN (CREATE Ann)\nhis: Ann OPEN (CREATE Ben, HAND_OVER -)\n\
        deal: Ann OPEN (CREATE Ben, HAND_OVER -)\norder: Ben OPEN (CREATE Ben)";
    assert_eq!(world.tasks().await, merged);
    let query = "query($id: ID!) { customer(id: $id) { nextContactTime tasks { totalCount } } }";
    let seen = ann.data(query, json!({"id": acme})).await["customer"].clone();
    assert_eq!(seen, json!({"nextContactTime": his, "tasks": {"totalCount": 4}}));
    assert_eq!(ben.subjects(json!({})).await, ["order"]);
    world.assert_sound().await;
    // Merged into a customer of the pool, they are cancelled like those of a released customer.
    let (admin, pooled) = (world.admin().await, world.pooled("Cosmos").await);
    world.advance(TimeDelta::hours(1));
    assert_eq!(admin.outcome("mergeCustomers", json!({"survivorId": pooled, "mergedId": acme})).await, "");
    assert!(world.tasks().await.starts_with("mine: Ann CANCELLED (CREATE Ann, CANCEL -)"), "{}", world.tasks().await);
    assert_eq!(world.sql::<i64>("select count(*) from task where status = 'OPEN'").await, 1);
    world.assert_sound().await;
}

#[tokio::test]
async fn what_a_leaver_had_to_do_goes_with_the_customers_and_else_to_the_superior() {
    let world = World::new().await;
    let (boss, ann, ben, acme) = team(&world).await;
    let hana = world.person("Hana", "hr", None).await;
    let (blue, due) = (json!(ann.create("Blue").await), world.in_hours(40));
    let pump = world.product("PUMP", "100").await;
    let order = ann.order(&blue, &pump, json!({})).await;
    ann.task(&acme, "pooled", &due, json!({})).await;
    ann.task(&blue, "call", &due, json!({})).await;
    ann.task(&blue, "collect", &due, json!({"orderId": order})).await;
    world.advance(TimeDelta::hours(1));
    let preview = "query($id: ID!) { previewDeparture(userId: $id) { openTasks } }";
    assert_eq!(hana.data(preview, json!({"id": ann.gid()})).await["previewDeparture"]["openTasks"], 3);
    let depart = json!({"userId": ann.gid(), "customers": [{"group": "UNFINISHED_ORDERS", "ownerId": ben.gid()}]});
    assert_eq!(hana.outcome("departUser", depart).await, "");
    let left = "pooled: Ann CANCELLED (CREATE Ann, CANCEL -)\ncall: Ben OPEN (CREATE Ann, HAND_OVER -)\n\
        collect: Boss OPEN (CREATE Ann, HAND_OVER Hana)";
    assert_eq!(world.tasks().await, left);
    world.assert_sound().await;
    // Without a superior, what is left is cancelled.
    assert_eq!(hana.outcome("departUser", json!({"userId": boss.gid()})).await, "");
    assert!(world.tasks().await.ends_with("collect: Boss CANCELLED (CREATE Ann, HAND_OVER Hana, CANCEL Hana)"));
    world.assert_sound().await;
}

#[tokio::test]
async fn a_task_and_its_steps_are_never_deleted() {
    let world = World::new().await;
    let (_, ann, _, acme) = team(&world).await;
    ann.task(&acme, "call", &world.in_hours(5), json!({})).await;
    for change in
        ["delete from task", "delete from task_step", "update task_step set action = 'MOVE'", "truncate task_step"]
    {
        let refused = sqlx::raw_sql(change).execute(&world.db).await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{change}: {refused}");
    }
}
