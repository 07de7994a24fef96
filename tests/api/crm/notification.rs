//! Notifications: what others did with the customers of a user.

use serde_json::json;

use crate::support::World;
use crate::support::socket::Socket;

#[tokio::test]
async fn a_rep_is_notified_of_customers_that_a_superior_assigned_and_reclaimed() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let (ann, bob) = (world.person("Ann", "sales", Some(&boss)).await, world.person("Bob", "sales", Some(&boss)).await);
    let (acme, blue) = (world.pooled("Acme").await, world.pooled("Blue").await);
    let watch = "subscription($after: String) { notifications(after: $after) { cursor unreadCount notification { kind customerName actor { name } customer { name } isRead } } }";
    let address = world.listen().await;
    let (mut anns, mut bobs) = (Socket::connect(address, &ann).await, Socket::connect(address, &bob).await);
    for socket in [&mut anns, &mut bobs] {
        socket.begin(watch, json!({})).await;
        socket.settle().await;
    }
    // A user is not notified of their own operations.
    assert_eq!(ann.claim(&acme).await, "");
    boss.outcomes("assignCustomers", json!({"customerIds": [blue], "ownerId": ann.gid()})).await;
    let event = anns.next().await["notifications"].clone();
    let assigned = json!({"kind": "ASSIGNED", "customerName": "Blue", "actor": {"name": "Boss"}, "customer": {"name": "Blue"}, "isRead": false});
    assert_eq!([&event["unreadCount"], &event["notification"]], [&json!(1), &assigned]);
    boss.outcome("releaseCustomer", json!({"customerId": acme})).await;
    let told_next = anns.next().await["notifications"].clone();
    assert_eq!(told_next["notification"]["kind"], "TAKEN");
    assert_eq!(told_next["unreadCount"], 2);

    let list = "{ viewer { unreadNotifications } notifications { totalCount eventCursor edges { node { id kind customerName isRead } } } }";
    let seen = ann.ask(list).await;
    assert_eq!(seen["viewer"]["unreadNotifications"], 2);
    let end: String = world.sql("select 'event_00000000_' || max(position) from event").await;
    assert_eq!(seen["notifications"]["eventCursor"], end);
    let edges = seen["notifications"]["edges"].as_array().unwrap();
    assert_eq!(edges[0]["node"]["customerName"], "Acme", "the latest first");
    assert_eq!(bob.ask(list).await["notifications"]["totalCount"], 0);
    let of_ann = edges[0]["node"]["id"].clone();
    let by_id = "query($id: ID!) { node(id: $id) { id } }";
    assert_eq!(ann.data(by_id, json!({"id": of_ann})).await["node"]["id"], of_ann);
    assert!(boss.data(by_id, json!({"id": of_ann})).await["node"].is_null(), "nobody else's, not even a superior's");

    // Mark one as read, again, and all; notifications of others cannot be marked.
    let read = async |person: &crate::support::Person, input| {
        person.act("markNotificationsRead", input, "unreadCount").await["unreadCount"].clone()
    };
    assert_eq!(read(&bob, json!({"notificationIds": [of_ann]})).await, 0);
    assert_eq!(ann.ask(list).await["viewer"]["unreadNotifications"], 2);
    assert_eq!(read(&ann, json!({"notificationIds": [of_ann]})).await, 1);
    assert_eq!(read(&ann, json!({"notificationIds": [of_ann]})).await, 1);
    assert_eq!(read(&ann, json!({})).await, 0);
    let unread = "{ notifications(filter: {isRead: {eq: false}}) { totalCount } }";
    assert_eq!(ann.ask(unread).await["notifications"]["totalCount"], 0);

    // After a reconnection each missed notification comes once.
    drop(anns);
    boss.outcomes("assignCustomers", json!({"customerIds": [acme], "ownerId": ann.gid()})).await;
    let mut back = Socket::connect(address, &ann).await;
    back.begin(watch, json!({"after": event["cursor"]})).await;
    assert_eq!(back.next().await["notifications"]["cursor"], told_next["cursor"]);
    assert_eq!(back.next().await["notifications"]["notification"]["customerName"], "Acme");

    // Neither has got anything else: the next message is about what happens now.
    for (rep, socket, name) in [(&ann, &mut back, "Green"), (&bob, &mut bobs, "Grey")] {
        let customer = world.pooled(name).await;
        boss.outcomes("assignCustomers", json!({"customerIds": [customer], "ownerId": rep.gid()})).await;
        assert_eq!(socket.next().await["notifications"]["notification"]["customerName"], name);
    }
}

#[tokio::test]
async fn a_departed_user_gets_no_notifications() {
    let world = World::new().await;
    let (hr, ann) = (world.person("Hana", "hr", None).await, world.sales("Ann").await);
    ann.create("Acme").await;
    assert_eq!(hr.outcome("departUser", json!({"userId": ann.gid()})).await, "");
    assert_eq!(world.sql::<i64>("select count(*) from notification").await, 0);
}

/// There are more notifications than one statement reads.
#[tokio::test]
async fn a_long_disconnected_user_gets_each_notification_once_and_in_order() {
    let world = World::new().await;
    let (admin, ann) = (world.admin().await, world.sales("Ann").await);
    let acme = world.pooled("Acme").await;
    let many = "with told as (
            insert into notification (id, user_id, kind, customer_id, customer_name, at)
            select gen_random_uuid(), u.id, 'ASSIGNED', c.id, to_char(number, 'FM0000'), now()
            from generate_series(1, 2500) number, customer c, app_user u where u.name = 'Ann' order by number returning *)
        insert into event_outbox (topic, kind, customer_id, user_id, notification_id, occurred_at)
        select 'NOTIFICATION', 'NOTIFIED', customer_id, user_id, id, at from told order by customer_name";
    sqlx::query(many).execute(&world.db).await.unwrap();
    let mut socket = Socket::connect(world.listen().await, &ann).await;
    let watch = "subscription { notifications(after: \"event_00000000_0\") { notification { customerName } } }";
    socket.begin(watch, json!({})).await;
    let mut next = async || socket.next().await["notifications"]["notification"]["customerName"].clone();
    for number in 1..=2_500 {
        assert_eq!(next().await, format!("{number:04}"), "each once, in order");
    }
    admin.outcomes("assignCustomers", json!({"customerIds": [acme], "ownerId": ann.gid()})).await;
    assert_eq!(next().await, "Acme");
}

#[tokio::test]
async fn a_superior_is_told_of_similar_customers_of_one_user_at_most_20_times_in_a_day() {
    let world = World::new().await;
    let boss = world.person("Boss", "manager", None).await;
    let (ann, ben) = (world.person("Ann", "sales", Some(&boss)).await, world.person("Ben", "sales", Some(&boss)).await);
    for number in 0..25 {
        ann.create(&format!("Shanghai Haichao Technology {number}")).await;
    }
    let told = async || {
        let query = "{ notifications(filter: {kind: {eq: SIMILAR_ENTERED}}) { totalCount } }";
        boss.ask(query).await["notifications"]["totalCount"].clone()
    };
    assert_eq!(told().await, 20);
    ben.create("Shanghai Haichao Technology 25").await;
    assert_eq!(told().await, 21, "of another user");
    world.advance(chrono::TimeDelta::days(1));
    ann.create("Shanghai Haichao Technology 26").await;
    assert_eq!(told().await, 22, "on another day");
}
